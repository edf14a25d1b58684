import type { ReactNode } from "react";

/** The operator's page. */
export function DashboardPage(): ReactNode {
  return null;
}
