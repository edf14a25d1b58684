import type { ReactNode } from "react";

/** Help and facts of what is selected. */
export function InfoPane(): ReactNode {
  return null;
}
