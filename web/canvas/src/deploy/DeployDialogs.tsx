import type { ReactNode } from "react";
import { useView } from "../store/view";
import { later } from "../ui/later";

const ConflictDialog = later(() => import("./ConflictDialog").then((part) => part.ConflictDialog));
const DeployDialog = later(() => import("./DeployDialog").then((part) => part.DeployDialog));
const HistoryDialog = later(() => import("./HistoryDialog").then((part) => part.HistoryDialog));
const OutsideAllDialog = later(() => import("./OutsideAllDialog").then((part) => part.OutsideAllDialog));
const OutsideDialog = later(() => import("./OutsideDialog").then((part) => part.OutsideDialog));

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
    case "outside-all":
      return <OutsideAllDialog />;
    case "history":
      return <HistoryDialog {...(dialog.with as { flow: string; id: string })} />;
    default:
      return null;
  }
}
