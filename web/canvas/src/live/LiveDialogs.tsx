import type { ReactNode } from "react";
import { useView } from "../store/view";
import { later } from "../ui/later";

const DeadLettersDialog = later(() => import("./DeadLettersDialog").then((part) => part.DeadLettersDialog));
const FaultsDialog = later(() => import("./FaultsDialog").then((part) => part.FaultsDialog));
const SendDialog = later(() => import("./SendDialog").then((part) => part.SendDialog));

/** The dialogs of this room, opened by name from anywhere: `openDialog("send", { flow, node })`. */
export function LiveDialogs(): ReactNode {
  const dialog = useView((state) => state.dialog);
  const close = useView((state) => state.closeDialog);
  if (dialog?.name === "dead-letters") return <DeadLettersDialog {...(dialog.with as { flow?: string; node?: string })} onClose={close} />;
  if (dialog?.name === "faults") return <FaultsDialog onClose={close} />;
  if (dialog?.name === "send") return <SendDialog {...(dialog.with as { flow: string; node: string })} onClose={close} />;
  return null;
}
