import type { ReactNode } from "react";

/** Faults that someone should look at. */
export function AlarmBanner(): ReactNode {
  return null;
}
