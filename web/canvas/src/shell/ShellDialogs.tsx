import type { ReactNode } from "react";
import { useView } from "../store/view";
import { loadSpoken } from "../text/spoken";
import { alsoLater, later } from "../ui/later";

const CommandsDialog = later(() => import("../actions/CommandsDialog").then((part) => part.CommandsDialog));
const SearchDialog = later(() => import("./SearchDialog").then((part) => part.SearchDialog));
const KeysDialog = later(() => import("../actions/KeysDialog").then((part) => part.KeysDialog));
const NameFlowDialog = later(() => import("./flows/NameFlowDialog").then((part) => part.NameFlowDialog));
const ImportDialog = later(() => import("./flows/ImportDialog").then((part) => part.ImportDialog));
const NodeRedDialog = later(() => import("../nodered/NodeRedDialog").then((part) => part.NodeRedDialog));
const ComingDialog = later(() => import("../nodered/ComingDialog").then((part) => part.ComingDialog));
const ExportDialog = later(() => import("./flows/ExportDialog").then((part) => part.ExportDialog));
const RestoreDialog = later(() => import("./drafts/RestoreDialog").then((part) => part.RestoreDialog));
const DraftConflictDialog = later(() => import("./drafts/DraftConflictDialog").then((part) => part.DraftConflictDialog));
const UsersDialog = later(() => import("../people/UsersDialog").then((part) => part.UsersDialog));
const PartsDialog = later(() => import("../parts/PartsDialog").then((part) => part.PartsDialog));
const ModelsDialog = later(() => import("../parts/ModelsDialog").then((part) => part.ModelsDialog));
const ChangesDialog = later(() => import("../changes/ChangesDialog").then((part) => part.ChangesDialog));
const PasswordDialog = later(() => import("./signin/PasswordDialog").then((part) => part.PasswordDialog));

alsoLater(() => import("../nodered/dropping"));
alsoLater(loadSpoken);

/** The dialogs of the frame, opened by name: `openDialog("search")`. */
export function ShellDialogs(): ReactNode {
  const dialog = useView((state) => state.dialog);
  const given = (dialog?.with ?? {}) as { flow?: string; text?: string; name?: string; id?: number };
  switch (dialog?.name) {
    case "commands":
      return <CommandsDialog />;
    case "keys":
      return <KeysDialog />;
    case "search":
      return <SearchDialog />;
    case "new-flow":
      return <NameFlowDialog />;
    case "rename-flow":
      return <NameFlowDialog flow={given.flow} />;
    case "import":
      return <ImportDialog given={given.text ?? ""} name={given.name ?? ""} />;
    case "nodered":
      return <NodeRedDialog text={given.text ?? ""} name={given.name ?? ""} />;
    case "nodered-help":
      return <ComingDialog />;
    case "export":
      return <ExportDialog flow={given.flow ?? ""} />;
    case "restore":
      return <RestoreDialog />;
    case "draft-conflict":
      return <DraftConflictDialog flow={given.flow ?? ""} />;
    case "users":
      return <UsersDialog />;
    case "parts":
      return <PartsDialog />;
    case "models":
      return <ModelsDialog />;
    case "changes":
      return <ChangesDialog id={given.id} />;
    case "password":
      return <PasswordDialog />;
    default:
      return null;
  }
}
