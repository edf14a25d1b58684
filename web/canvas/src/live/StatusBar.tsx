import type { ReactNode } from "react";

/** The engine in one line. */
export function StatusBar(): ReactNode {
  return null;
}
