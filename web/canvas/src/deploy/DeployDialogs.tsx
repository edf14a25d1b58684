import type { ReactNode } from "react";
import { useView } from "../store/view";
import { ConflictDialog } from "./ConflictDialog";
import { DeployDialog } from "./DeployDialog";
import { HistoryDialog } from "./HistoryDialog";
import { OutsideDialog } from "./OutsideDialog";

/** The dialogs of this room, opened by name. */
export function DeployDialogs(): ReactNode {
  const dialog = useView((state) => state.dialog);
  const flow = (dialog?.with as { flow?: string } | undefined)?.flow ?? "";
  switch (dialog?.name) {
    case "deploy":
      return <DeployDialog />;
    case "conflict":
      return <ConflictDialog flow={flow} />;
    case "outside":
      return <OutsideDialog flow={flow} />;
    case "history":
      return <HistoryDialog {...(dialog.with as { flow: string; id: string })} />;
    default:
      return null;
  }
}
