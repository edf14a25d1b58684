import { lazy, type ReactNode, Suspense } from "react";
import { CommandsDialog } from "../actions/CommandsDialog";
import { KeysDialog } from "../actions/KeysDialog";
import { useView } from "../store/view";
import { ExportDialog } from "./ExportDialog";
import { DraftConflictDialog } from "./DraftConflictDialog";
import { NameFlowDialog } from "./NameFlowDialog";
import { RestoreDialog } from "./RestoreDialog";
import { SearchDialog } from "./SearchDialog";

const UsersDialog = lazy(() => import("./UsersDialog"));
const PasswordDialog = lazy(() => import("./PasswordDialog"));
const ImportDialog = lazy(() => import("./ImportDialog"));

/** The dialogs of the frame, opened by name: `openDialog("search")`. */
export function ShellDialogs(): ReactNode {
  return <Suspense fallback={null}>{useDialog()}</Suspense>;
}

function useDialog(): ReactNode {
  const dialog = useView((state) => state.dialog);
  const given = (dialog?.with ?? {}) as { flow?: string; text?: string; name?: string };
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
    case "export":
      return <ExportDialog flow={given.flow ?? ""} />;
    case "restore":
      return <RestoreDialog />;
    case "draft-conflict":
      return <DraftConflictDialog flow={given.flow ?? ""} />;
    case "users":
      return <UsersDialog />;
    case "password":
      return <PasswordDialog />;
    default:
      return null;
  }
}
