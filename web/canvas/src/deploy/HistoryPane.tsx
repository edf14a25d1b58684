import { type ReactNode, useEffect, useState } from "react";
import { ApiError, get, part } from "../api/client";
import type { History } from "../api/types";
import { said } from "../api/said";
import { useFolder, useSummary } from "../store/folder";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { moment, useText } from "../text";
import { Button } from "../ui/Button";
import "./history.css";

/** The revisions of the flow in front, the newest first. */
export function HistoryPane(): ReactNode {
  const t = useText();
  const flow = useProject((state) => state.active);
  const summary = useSummary(flow);
  const revision = summary?.revision ?? "";
  /** Another one when a deploy has been written down: what it brought runs before that, and has no entry yet. */
  const recorded = useFolder((state) => state.deployedBy);
  const [history, setHistory] = useState<History | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    if (flow === null || revision === "") return;
    let here = true;
    get<History>(`/api/flows/${part(flow)}/history`)
      .then((found) => {
        if (!here) return;
        setHistory(found);
        setError("");
      })
      .catch((reason: unknown) => here && setError(reason instanceof ApiError ? said(reason) : String(reason)));
    return () => {
      here = false;
    };
  }, [flow, revision, recorded]);
  if (flow === null) return null;
  if (revision === "") return <p className="history-none">{t("history.not-deployed")}</p>;
  if (error !== "") return <p className="history-none">{error}</p>;
  if (history === null || history.flow !== flow) return <p className="history-none">{t("shell.loading")}</p>;
  const newest = history.entries.findIndex((entry) => entry.revision === revision);
  return (
    <div className="history">
      <p className="history-none">{t(history.git ? "history.from-git" : "history.from-engine")}</p>
      {history.entries.length === 0 && <p className="history-none">{t("history.none")}</p>}
      <ol className="history-list">
        {history.entries.map(({ id, at, author, message, revision: one }, n) => (
          <li key={id} className="history-entry">
            <p className="history-message">{message || t("history.no-message")}</p>
            <p className="history-who">
              <span>
                <time>{moment(at)}</time>, {author || t("history.unknown")}
              </span>
              <code>{id.slice(0, 8)}</code>
              {one === revision && n === newest && <strong className="history-now">{t("history.runs")}</strong>}
              {one === revision && n !== newest && <span>{t("history.same")}</span>}
            </p>
            <Button
              look="quiet"
              icon="eye"
              aria-label={t("history.look-at", { message: message.split("\n")[0] ?? "", time: moment(at) })}
              onClick={() => useView.getState().openDialog("history", { flow, id })}
            >
              {t("history.look")}
            </Button>
          </li>
        ))}
      </ol>
    </div>
  );
}
