import type { ReactNode } from "react";

/** Every problem of the drafts; a click leads to its place. */
export function ProblemsPane(): ReactNode {
  return null;
}
