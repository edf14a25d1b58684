import { type ReactNode, useEffect, useState } from "react";
import { ApiError, get, part } from "../api/client";
import type { OldFlow } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { same } from "../model/same";
import { said } from "../api/said";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { useView } from "../store/view";
import { moment, useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { announce } from "../ui/notices";
import { DiffView } from "./DiffView";
import { FlowPicture } from "./FlowPicture";
import "./history.css";

/** A flow as it was: its picture, what has changed since, and the way back. Restoring is an edit that undo takes back. */
export function HistoryDialog({ flow, id }: { flow: string; id: string }): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const mayEdit = useMay("editor", flow);
  const [old, setOld] = useState<OldFlow | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    get<OldFlow>(`/api/flows/${part(flow)}/history/${part(id)}`)
      .then(setOld)
      .catch((reason: unknown) => setError(reason instanceof ApiError ? said(reason) : String(reason)));
  }, [flow, id]);
  const doc = (old?.flow ?? null) as FlowDoc | null;
  const now = useProject((state) => state.flows[flow]);
  // What is being edited is this already: there is nothing to bring back.
  const nothing = !mayEdit || doc === null || same(now, { ...doc, name: flow });
  const restore = (): void => {
    if (doc === null || old === null) return;
    const label = t("history.step", { time: moment(old.entry.at) });
    useProject.getState().restore(label, flow, { ...doc, name: flow }, "");
    useProject.getState().show(flow);
    announce(label);
    close();
  };
  return (
    <Dialog
      title={old === null ? t("shell.loading") : t("history.title", { flow, time: moment(old.entry.at) })}
      onClose={close}
      wide
      actions={
        <>
          <Button onClick={close}>{t("button.close")}</Button>
          <Button
            disabled={nothing}
            onClick={() => {
              restore();
              useView.getState().openDialog("deploy");
            }}
          >
            {t("history.restore-deploy")}
          </Button>
          <Button look="primary" disabled={nothing} onClick={restore}>
            {t("history.restore")}
          </Button>
        </>
      }
    >
      {error !== "" && <p role="alert">{error}</p>}
      {old && (
        <>
          <p className="history-message">{old.entry.message}</p>
          <p className="history-who">{old.entry.author}</p>
          {doc === null ? <p>{t("history.was-removed")}</p> : <FlowPicture doc={doc} />}
          <h3 className="history-since">{t("history.since")}</h3>
          <DiffView diff={old.diff} />
        </>
      )}
    </Dialog>
  );
}
