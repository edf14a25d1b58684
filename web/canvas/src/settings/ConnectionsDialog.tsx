import type { ReactNode } from "react";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ConnectionList } from "./ConnectionList";

/** All connections of the flow in front. */
export function ConnectionsDialog(): ReactNode {
  const t = useText();
  const flow = useProject((state) => state.active);
  const readonly = !useMay("editor", flow);
  const { closeDialog } = useView.getState();
  return (
    <Dialog title={t("connection.title.all")} onClose={closeDialog} actions={<Button onClick={closeDialog}>{t("button.close")}</Button>}>
      <ConnectionList flow={flow} readonly={readonly} back="connections" />
    </Dialog>
  );
}
