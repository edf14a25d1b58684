import { type ReactNode, useEffect, useState } from "react";
import { ApiError, get, part } from "../../api/client";
import type { Draft, FlowDiff } from "../../api/types";
import { difference } from "../../deploy/differences";
import { DiffView } from "../../deploy/DiffView";
import type { FlowDoc } from "../../model/flow";
import { type Connections, useProject } from "../../store/project";
import { useView } from "../../store/view";
import { moment, useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { editOf, keeper } from "./drafts";
import { CONNECTIONS } from "../loading";

/** One user, two tabs: the draft that the other tab saved beside the one of this tab. */
export function DraftConflictDialog({ flow }: { flow: string }): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [diff, setDiff] = useState<FlowDiff | null>(null);
  const [gone, setGone] = useState(false);
  useEffect(() => {
    void load(flow).then((found) => {
      if (found === null) {
        setGone(true);
        return;
      }
      setDraft(found.draft);
      setDiff(found.diff);
    });
  }, [flow]);
  const take = (): void => {
    if (draft === null) return;
    const label = t("shell.step-other-tab", { flow });
    const doc = draft.flow as unknown as FlowDoc | null;
    useProject.getState().commit(label, flow, (content) => {
      if (flow === CONNECTIONS) return { ...content, connections: (doc as unknown as { connections: Connections }).connections };
      const { [flow]: _, ...rest } = content.flows;
      return { ...content, flows: doc === null ? rest : { ...content.flows, [flow]: doc } };
    });
    keeper(flow).took(draft.revision, editOf(flow));
    close();
  };
  const keep = (): void => {
    void keeper(flow).keepOurs(draft?.revision ?? "");
    close();
  };
  return (
    <Dialog
      title={t("shell.other-tab-title", { flow })}
      onClose={close}
      wide
      actions={
        <>
          <Button onClick={close}>{t("deploy.later")}</Button>
          <Button disabled={draft === null} onClick={take}>
            {t("shell.take-other-tab")}
          </Button>
          <Button look="primary" disabled={draft === null && !gone} onClick={keep}>
            {t("shell.keep-this-tab")}
          </Button>
        </>
      }
    >
      <p>{t("shell.other-tab-why", { time: draft === null ? "" : moment(draft.saved) })}</p>
      {diff && <DiffView diff={diff} />}
    </Dialog>
  );
}

/** The other draft, and what it has otherwise than this tab. */
async function load(flow: string): Promise<{ draft: Draft; diff: FlowDiff | null } | null> {
  try {
    const draft = await get<Draft>(`/api/drafts/${part(flow)}`);
    const diff = await difference(editOf(flow).doc, draft.flow as unknown as FlowDoc | null).catch(() => null);
    return { draft, diff };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
