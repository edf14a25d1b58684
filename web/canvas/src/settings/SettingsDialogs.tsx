import type { ReactNode } from "react";
import { useView } from "../store/view";
import { ConnectionDialog, type ConnectionGiven } from "./ConnectionDialog";
import { ConnectionsDialog } from "./ConnectionsDialog";

/** The dialogs of this room: `connections` (all of them) and `connection` (one, with a ConnectionGiven). */
export function SettingsDialogs(): ReactNode {
  const dialog = useView((state) => state.dialog);
  switch (dialog?.name) {
    case "connections":
      return <ConnectionsDialog />;
    case "connection":
      return <ConnectionDialog {...(dialog.with as ConnectionGiven)} />;
    default:
      return null;
  }
}
