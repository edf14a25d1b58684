import type { ReactNode } from "react";

/** Messages, failures and log lines as they come. */
export function DebugPane(): ReactNode {
  return null;
}
