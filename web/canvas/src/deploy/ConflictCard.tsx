import { type ReactNode, useEffect, useState } from "react";
import type { Conflict, FlowDiff } from "../api/types";
import { useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { moment, useText } from "../text";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { deployedDoc, difference, editedDoc } from "./differences";
import { DiffView } from "./DiffView";
import { takeTheirs } from "./theirs";

interface Props {
  conflict: Conflict;
  /** Our edit has been put aside, theirs taken. */
  onTheirs(): void;
  /** They have been seen; ours goes on top. */
  onOurs(): void;
}

/** Someone else was faster: what they changed beside what we did. Nothing is lost either way. */
export function ConflictCard({ conflict, onTheirs, onOurs }: Props): ReactNode {
  const t = useText();
  const { flow, by, at, diff } = conflict;
  const ours = useOurs(flow);
  const [busy, setBusy] = useState(false);
  const take = async (): Promise<void> => {
    setBusy(true);
    await takeTheirs(flow).finally(() => setBusy(false));
    onTheirs();
  };
  return (
    <section className="deploy-block deploy-conflict" aria-label={t("deploy.conflict", { flow })}>
      <h3>
        <Icon name="warning" size={18} />
        {t("deploy.conflict", { flow })}
      </h3>
      <p>{by === "" ? t("deploy.conflict-why") : t("deploy.conflict-by", { name: by, time: at > 0 ? moment(at) : "" })}</p>
      <div className="deploy-sides">
        <div>
          <h4>{t("deploy.theirs")}</h4>
          {diff === null ? <p className="deploy-quiet">{t("deploy.base-unknown")}</p> : <DiffView diff={diff} />}
        </div>
        <div>
          <h4>{t("deploy.ours")}</h4>
          {ours === null ? <p className="deploy-quiet">{t("deploy.looking")}</p> : <DiffView diff={ours} />}
        </div>
      </div>
      <p className="deploy-choice">
        <Button disabled={busy} onClick={() => void take()}>
          {t("deploy.take-theirs")}
        </Button>
        <Button look="danger" disabled={busy} onClick={onOurs}>
          {t("deploy.ours-on-top")}
        </Button>
      </p>
      <p className="deploy-quiet">{t("deploy.nothing-lost")}</p>
    </section>
  );
}

/** From what our edit began with to what it is. */
function useOurs(flow: string): FlowDiff | null {
  const [diff, setDiff] = useState<FlowDiff | null>(null);
  const doc = useProject((state) => state.flows[flow]);
  const shared = useProject((state) => state.connections);
  const base = useFolder((state) => state.begun[flow]);
  useEffect(() => {
    let here = true;
    difference(base ?? deployedDoc(flow), editedDoc(flow))
      .then((found) => here && setDiff(found))
      .catch(() => {});
    return () => {
      here = false;
    };
  }, [flow, doc, shared, base]);
  return diff;
}
