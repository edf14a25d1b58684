import type { ReactNode } from "react";
import { useView } from "../store/view";
import { ConnectionDialog, type ConnectionGiven } from "./ConnectionDialog";
import { ConnectionsDialog } from "./ConnectionsDialog";
import "../forms/forms.css";
import "./settings.css";

export default function Dialogs(): ReactNode {
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
