import type { ReactNode } from "react";

/** What can be dragged in. */
export function PalettePane(): ReactNode {
  return null;
}
