import type { ReactNode } from "react";

/** The form of what is selected. */
export function SettingsPane(): ReactNode {
  return null;
}
