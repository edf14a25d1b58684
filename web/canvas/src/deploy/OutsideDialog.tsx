import { type ReactNode, useEffect, useState } from "react";
import { ApiError, get, part, post } from "../api/client";
import type { FlowDetail, FlowDiff, Problem } from "../api/types";
import { ProblemList } from "../problems/ProblemsPane";
import { loadFlow } from "../shell/loading";
import { said } from "../api/said";
import { summaryOf, useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { DiffView } from "./DiffView";
import { takeDisk } from "./theirs";
import "./deploy.css";

/** A file was changed outside (an editor, git pull): what is in it, to be run or to be overwritten. Nothing happens by itself. */
export function OutsideDialog({ flow }: { flow: string }): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const mayTake = useMay("editor", flow);
  const [diff, setDiff] = useState<FlowDiff | null>(null);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    outside(flow)
      .then((found) => {
        setDiff(found.diff);
        setProblems(found.problems);
      })
      .catch((error: unknown) => setWords(error instanceof ApiError ? said(error) : String(error)));
  }, [flow]);
  const take = async (): Promise<void> => {
    setBusy(true);
    try {
      await takeDisk(flow);
      close();
    } catch (error) {
      if (error instanceof ApiError && error.code === "two-keys") return useView.getState().openDialog("changes"); // asked for there
      setWords(error instanceof ApiError ? said(error) : String(error));
      setProblems(error instanceof ApiError ? error.problems : []);
      setBusy(false);
    }
  };
  const keep = async (): Promise<void> => {
    const disk = summaryOf(flow)?.disk ?? "";
    await loadFlow(flow);
    useFolder.setState({ overwrite: { ...useFolder.getState().overwrite, [flow]: disk } });
    useView.getState().openDialog("deploy");
  };
  return (
    <Dialog
      title={t("deploy.outside", { flow })}
      onClose={close}
      wide
      actions={
        <>
          <Button onClick={close}>{t("deploy.later")}</Button>
          <Button disabled={!mayTake || busy} onClick={() => void keep()}>
            {t("deploy.keep-running")}
          </Button>
          <Button look="primary" disabled={!mayTake || busy || diff === null} onClick={() => void take()}>
            {t("deploy.take-file")}
          </Button>
        </>
      }
    >
      <p>{t("deploy.outside-why")}</p>
      {words !== "" && (
        <p role="alert" className="deploy-reason">
          {words}
        </p>
      )}
      {diff && <DiffView diff={diff} />}
      {problems.length > 0 && <ProblemList problems={problems} />}
    </Dialog>
  );
}

/** From what runs to what the file holds. */
async function outside(flow: string): Promise<{ diff: FlowDiff; problems: Problem[] }> {
  await loadFlow(flow);
  const gone = summaryOf(flow)?.disk === "";
  const file = gone ? null : await get<FlowDetail>(`/api/flows/${part(flow)}?disk=1`);
  const fresh = summaryOf(flow)?.revision === "";
  const old = fresh ? null : (useProject.getState().deployed.flows[flow] ?? null);
  return { diff: await post<FlowDiff>("/api/diff", { old, new: file?.flow ?? null }), problems: file?.problems ?? [] };
}
