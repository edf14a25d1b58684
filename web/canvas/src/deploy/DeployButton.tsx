import type { ReactNode } from "react";

/** How many changes wait, and the way to deploy them. */
export function DeployButton(): ReactNode {
  return null;
}
