import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError, get, post } from "../api/client";
import type { DeployResult, Outside } from "../api/types";
import { ProblemList } from "../problems/ProblemsPane";
import { CONNECTIONS, refresh } from "../shell/loading";
import { said } from "../api/said";
import { may, useSession } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { notify } from "../ui/notices";
import { DiffView } from "./DiffView";
import { ReachList } from "./ReachList";
import { RestartList } from "./RestartList";
import "./deploy.css";

/** Several files were changed outside, by a git pull as a rule: what is in them, checked as a whole, to be run in one step. */
export function OutsideAllDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  useSession();
  const [outside, setOutside] = useState<Outside | null>(null);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const look = useCallback(
    () =>
      get<Outside>("/api/outside")
        .then(setOutside)
        .catch((error: unknown) => setWords(error instanceof ApiError ? said(error) : String(error))),
    [],
  );
  useEffect(() => void look(), [look]);
  const errors = outside?.problems.filter(({ severity }) => severity === "error") ?? [];
  const warnings = outside?.problems.filter(({ severity }) => severity !== "error") ?? [];
  const names = Object.keys(outside?.revisions ?? {});
  const mayTake = names.every((name) => may("editor", name));
  const take = async (): Promise<void> => {
    if (outside === null) return;
    setBusy(true);
    setWords("");
    try {
      const { revisions, warnings } = await post<DeployResult>("/api/take", { revisions: outside.revisions });
      await refresh();
      notify("good", t("deploy.took-all", { count: Object.keys(revisions).length }));
      for (const warning of warnings) notify("warning", warning);
      close();
    } catch (error) {
      if (error instanceof ApiError && error.code === "two-keys") return useView.getState().openDialog("changes"); // asked for there
      setWords(error instanceof ApiError ? said(error) : String(error));
      await look();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("deploy.outside-all")}
      onClose={close}
      look="side"
      actions={
        <>
          <Button onClick={close}>{t("deploy.later")}</Button>
          <Button look="primary" disabled={!mayTake || busy || names.length === 0 || errors.length > 0} onClick={() => void take()}>
            {t("deploy.take-all", { count: names.length })}
          </Button>
        </>
      }
    >
      <div className="deploy">
        <p>{t("deploy.outside-all-why")}</p>
        {words !== "" && (
          <p role="alert" className="deploy-reason form-error">
            {words}
          </p>
        )}
        {outside === null && words === "" && <p className="deploy-quiet">{t("deploy.looking")}</p>}
        {outside !== null && names.length === 0 && <p className="deploy-quiet">{t("deploy.outside-none")}</p>}
        {errors.length > 0 && (
          <section className="deploy-block deploy-blocked" aria-label={t("deploy.take-blocked", { count: errors.length })}>
            <h3>{t("deploy.take-blocked", { count: errors.length })}</h3>
            <ProblemList problems={errors} flows />
          </section>
        )}
        {outside !== null && names.length > 0 && errors.length === 0 && <ReachList reaches={outside.reaches} />}
        {outside !== null && names.filter((name) => !isBefore(name, outside)).map((name) => <OneFile key={name} name={name} outside={outside} />)}
        {outside !== null && names.length > 0 && errors.length === 0 && <RestartList restarts={outside.restarts} keeps={outside.keeps} />}
        {warnings.length > 0 && (
          <details className="deploy-block">
            <summary>{t("deploy.warnings", { count: warnings.length })}</summary>
            <ProblemList problems={warnings} flows />
          </details>
        )}
      </div>
    </Dialog>
  );
}

/** Whether it is what a flow was called before, which is shown under its new name. */
function isBefore(name: string, outside: Outside): boolean {
  return outside.diffs.some(({ properties }) => properties.some(({ path, old }) => path === "name" && old === name));
}

function OneFile({ name, outside }: { name: string; outside: Outside }): ReactNode {
  const t = useText();
  const diff = outside.diffs.find((one) => one.name === name);
  const title = name === CONNECTIONS ? t("shell.shared-connections") : name;
  return (
    <section className="deploy-flow" aria-label={title}>
      <h3>{title}</h3>
      {diff === undefined ? <p className="deploy-quiet">{t("deploy.outside-broken")}</p> : <DiffView diff={diff} />}
    </section>
  );
}
