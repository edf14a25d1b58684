import type { ReactNode } from "react";

/** The revisions of the flow in front. */
export function HistoryPane(): ReactNode {
  return null;
}
