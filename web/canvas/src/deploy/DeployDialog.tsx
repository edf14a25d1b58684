import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import type { Conflict, FlowDiff } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { Button, IconButton } from "../ui/Button";
import { ProblemList } from "../problems/ProblemsPane";
import { said } from "../api/said";
import { connectionsChanged, useProject } from "../store/project";
import { useFolder } from "../store/folder";
import { useView } from "../store/view";
import { useText } from "../text";
import { ConflictCard } from "./ConflictCard";
import { askForYeses, deploy, onTopOf } from "./deploy";
import { DiffView } from "./DiffView";
import { type DiffItem, itemsOf, nodeOf } from "./items";
import { ReachList } from "./ReachList";
import { type Mode, requestFor, waiting } from "./request";
import { RestartList } from "./RestartList";
import { usePreview } from "./usePreview";
import "./deploy.css";

const MODES: Mode[] = ["changed", "flows", "all"];

/** All that a deploy would do, before it does: what differs, what it reaches, what restarts. The canvas follows behind. */
export function DeployDialog(): ReactNode {
  const t = useText();
  const overwrite = useFolder((state) => state.overwrite);
  const all = useProject((state) => waiting(state, overwrite).join("\n"));
  const shared = useProject(connectionsChanged);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [mode, setMode] = useState<Mode>("changed");
  const [message, setMessage] = useState<string | null>(null);
  const [at, setAt] = useState<{ flow: string; item: string } | null>(null);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const [conflicts, setConflicts] = useState<Conflict[]>([]);
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const names = all === "" ? [] : all.split("\n");
  const chosen = names.filter((flow) => !left.has(flow));
  const { preview, error, busy: asking } = usePreview(chosen, mode, round);
  const close = useView((state) => state.closeDialog);
  const open = [...conflicts, ...(preview?.conflicts ?? [])].filter(({ flow }, n, list) => list.findIndex((one) => one.flow === flow) === n);
  const errors = (preview?.problems ?? refused?.problems ?? []).filter(({ severity }) => severity === "error");
  const warnings = (preview?.problems ?? []).filter(({ severity }) => severity === "warning");
  const diffs = preview?.diffs ?? [];
  const changes = diffs.flatMap((diff) => itemsOf(diff).map((item) => ({ flow: diff.name, item })));
  const waits = preview?.two_keys === true;
  const ready = preview !== null && !asking && !busy && errors.length === 0 && open.length === 0 && (chosen.length > 0 || shared);

  useMarks();

  const look = (flow: string, item: DiffItem): void => {
    setAt({ flow, item: item.key });
    const node = nodeOf(item);
    if (useProject.getState().flows[flow] === undefined) return;
    useProject.getState().show(flow);
    if (node !== "") useView.getState().find(flow, node);
  };
  const step = (by: number): void => {
    const now = changes.findIndex(({ flow, item }) => flow === at?.flow && item.key === at.item);
    const next = changes[now < 0 ? (by > 0 ? 0 : changes.length - 1) : (now + by + changes.length) % changes.length];
    if (next !== undefined) look(next.flow, next.item);
  };
  const run = async (): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      const request = requestFor(chosen, mode, message ?? preview?.message ?? "");
      if (!waits) {
        await deploy(request);
        close();
      } else useView.getState().openDialog("changes", { id: await askForYeses(request) });
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      if (reason.status === 409 && reason.conflicts.length > 0) setConflicts(reason.conflicts);
      else setRefused(reason);
    } finally {
      setBusy(false);
    }
  };
  const settled = (flow: string): void => {
    setConflicts(conflicts.filter((one) => one.flow !== flow));
    setRound(round + 1);
  };
  return (
    <Dialog
      title={t("deploy.title")}
      onClose={close}
      look="side"
      actions={
        <>
          <span className="deploy-walk">
            <IconButton icon="up" label={t("deploy.previous")} disabled={changes.length === 0} onClick={() => step(-1)} />
            <IconButton icon="down" label={t("deploy.next")} disabled={changes.length === 0} onClick={() => step(1)} />
            <span>{t("deploy.changes", { count: changes.length })}</span>
          </span>
          <Button onClick={close}>{t("button.cancel")}</Button>
          <Button look="primary" icon={waits ? "users" : "deploy"} disabled={!ready} onClick={() => void run()}>
            {t(waits ? (busy ? "changes.requesting" : "changes.request") : busy ? "deploy.deploying" : "deploy.deploy")}
          </Button>
        </>
      }
    >
      <div className="deploy">
        {refused && <Refused error={refused} />}
        {error && <Refused error={error} />}
        {open.map((conflict) => (
          <ConflictCard
            key={conflict.flow}
            conflict={conflict}
            onTheirs={() => settled(conflict.flow)}
            onOurs={() => {
              onTopOf([conflict]);
              settled(conflict.flow);
            }}
          />
        ))}
        {errors.length > 0 && (
          <section className="deploy-block deploy-blocked" aria-label={t("deploy.blocked", { count: errors.length })}>
            <h3>{t("deploy.blocked", { count: errors.length })}</h3>
            <ProblemList problems={errors} flows={names.length > 1} />
          </section>
        )}
        {preview && errors.length === 0 && <ReachList reaches={preview.reaches} limits={preview.limits} />}
        {waits && errors.length === 0 && <p className="deploy-quiet">{t("changes.needed")}</p>}
        {preview === null && error === null && <p className="deploy-quiet">{t("deploy.looking")}</p>}
        {names.map((flow) => (
          <FlowPart
            key={flow}
            flow={flow}
            diff={diffs.find(({ name }) => name === flow)}
            out={left.has(flow)}
            only={names.length === 1 && !shared}
            at={at?.flow === flow ? at.item : undefined}
            onOut={(out) => setLeft(new Set(out ? [...left, flow] : [...left].filter((one) => one !== flow)))}
            onChoose={(item) => look(flow, item)}
          />
        ))}
        {diffs
          .filter(({ name }) => !names.includes(name))
          .map((diff) => (
            <section key={diff.name} className="deploy-flow" aria-label={diff.name}>
              <h3>{diff.name}</h3>
              <DiffView diff={diff} />
            </section>
          ))}
        {preview && errors.length === 0 && <RestartList restarts={preview.restarts} keeps={preview.keeps} />}
        {warnings.length > 0 && (
          <details className="deploy-block">
            <summary>{t("deploy.warnings", { count: warnings.length })}</summary>
            <ProblemList problems={warnings} flows={names.length > 1} />
          </details>
        )}
        <div className="deploy-fields">
          <label>
            {t("deploy.message")}
            <textarea rows={3} value={message ?? preview?.message ?? ""} onChange={(event) => setMessage(event.target.value)} />
          </label>
          <label>
            {t("deploy.mode")}
            <select value={mode} onChange={(event) => setMode(event.target.value as Mode)}>
              {MODES.map((one) => (
                <option key={one} value={one}>
                  {t(`deploy.mode-${one}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
    </Dialog>
  );
}

/** The canvas beside the dialog marks what differs, as long as it is open. */
function useMarks(): void {
  useEffect(() => {
    const { diff, setDiff } = useView.getState();
    setDiff(true);
    return () => setDiff(diff);
  }, []);
}

interface FlowPartProps {
  flow: string;
  diff: FlowDiff | undefined;
  /** Whether it is left out of this deploy. */
  out: boolean;
  only: boolean;
  at: string | undefined;
  onOut(out: boolean): void;
  onChoose(item: DiffItem): void;
}

function FlowPart({ flow, diff, out, only, at, onOut, onChoose }: FlowPartProps): ReactNode {
  const t = useText();
  return (
    <section className={`deploy-flow ${out ? "deploy-out" : ""}`} aria-label={flow}>
      <h3>
        {only ? (
          flow
        ) : (
          <label>
            <input type="checkbox" checked={!out} onChange={(event) => onOut(!event.target.checked)} aria-label={t("deploy.include", { flow })} />
            {flow}
          </label>
        )}
      </h3>
      {diff && !out && <DiffView diff={diff} at={at} onChoose={onChoose} />}
    </section>
  );
}

/** Why it did not come to a deploy. What runs, runs on. */
function Refused({ error }: { error: ApiError }): ReactNode {
  const t = useText();
  return (
    <section className="deploy-block deploy-blocked" role="alert">
      <h3>{t(error.status === 502 ? "deploy.did-not-start" : "deploy.refused")}</h3>
      <p className="deploy-reason">{said(error)}</p>
      {error.status === 502 && <p>{t("deploy.old-runs-on")}</p>}
      {error.problems.length > 0 && <ProblemList problems={error.problems} />}
    </section>
  );
}
