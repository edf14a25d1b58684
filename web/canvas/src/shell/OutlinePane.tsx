import type { ReactNode } from "react";

/** The flow as a tree: the canvas for those who do not see it. */
export function OutlinePane(): ReactNode {
  return null;
}
