import { type ReactNode, useId, useState } from "react";
import { knowledgeOf } from "../../canvas/knowledge";
import { ApiError, post } from "../../api/client";
import type { CheckResult, Problem, ReadResult } from "../../api/types";
import type { FlowDoc } from "../../model/flow";
import { isNodeRed } from "../../nodered/looks";
import { paste } from "../../model/fragment";
import { asName, isName } from "../../model/ids";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { announce } from "../../ui/notices";
import { addFlow } from "./flowEdits";
import { freeNameOfMine, nameFault } from "./flowName";
import { said } from "../../api/said";
import "../dialogs.css";

interface Read {
  flow: FlowDoc;
  problems: Problem[];
}

/** Bring in the text of a flow file: as a new flow, or into the one in front. The server reads it as strictly as its own files. */
export function ImportDialog({ given, name: from }: { given: string; name: string }): ReactNode {
  const t = useText();
  const id = useId();
  const close = useView((state) => state.closeDialog);
  const active = useProject((state) => state.active);
  const [text, setText] = useState(given);
  const [file, setFile] = useState(from);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [ready, setReady] = useState<Read | null>(null);
  const [name, setName] = useState("");
  const [into, setInto] = useState<"new" | "here">("new");

  const change = (next: string): void => {
    setText(next);
    setReady(null);
    setProblems([]);
    setError("");
  };
  const read = async (): Promise<void> => {
    if (isNodeRed(text)) return useView.getState().openDialog("nodered", { text, name: file });
    setBusy(true);
    setError("");
    setReady(null);
    try {
      const found = await readFlow(text, file);
      setProblems(found.problems);
      if (found.flow === null) return;
      setReady({ flow: found.flow, problems: found.problems });
      setName(freeNameOfMine(found.flow.name && isName(found.flow.name) ? found.flow.name : asName(file.replace(/\.json$/, "")) || "flow"));
    } catch (reason) {
      setError(reason instanceof ApiError ? said(reason) : String(reason));
    } finally {
      setBusy(false);
    }
  };
  const bring = (): void => {
    if (ready === null) return;
    close();
    if (into === "here" && active !== null) insert(active, ready.flow, t("shell.step-import", { flow: active }));
    else addFlow(name, ready.flow);
  };
  const fault = into === "new" && ready !== null ? nameFault(name) : "";
  return (
    <Dialog
      title={t("shell.import-title")}
      onClose={close}
      wide
      actions={
        <>
          <Button onClick={close}>{t("button.cancel")}</Button>
          {ready === null ? (
            <Button look="primary" disabled={busy || text.trim() === ""} onClick={() => void read()}>
              {t("shell.read")}
            </Button>
          ) : (
            <Button look="primary" icon="import" disabled={fault !== ""} onClick={bring}>
              {t("shell.import")}
            </Button>
          )}
        </>
      }
    >
      <p className="shell-quiet">{t("shell.import-how")}</p>
      <label className="shell-file">
        <span>{t("shell.choose-file")}</span>
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            if (chosen === undefined) return;
            setFile(chosen.name);
            void chosen.text().then(change);
          }}
        />
      </label>
      <textarea
        className="shell-text mono"
        aria-label={t("shell.text")}
        aria-describedby={`${id}-wrong`}
        rows={ready === null ? 14 : 6}
        spellCheck={false}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <div id={`${id}-wrong`} role="alert">
        {error !== "" && <p className="shell-error">{error}</p>}
        {problems.length > 0 && <Wrong problems={problems} fatal={ready === null} />}
      </div>
      {ready !== null && (
        <fieldset className="shell-choice">
          <legend>{t("shell.import-to", { count: Object.keys(ready.flow.nodes).length })}</legend>
          <label>
            <input type="radio" name={`${id}-into`} checked={into === "new"} onChange={() => setInto("new")} />
            {t("shell.import-new")}
            <input aria-label={t("shell.flow-name")} value={name} disabled={into !== "new"} aria-invalid={fault !== ""} onChange={(event) => setName(event.target.value)} />
          </label>
          {fault !== "" && <p className="shell-error">{fault}</p>}
          {active !== null && (
            <label>
              <input type="radio" name={`${id}-into`} checked={into === "here"} onChange={() => setInto("here")} />
              {t("shell.import-here", { flow: active })}
            </label>
          )}
        </fieldset>
      )}
    </Dialog>
  );
}

/** What is wrong with the text, with its lines. What only cannot run yet does not keep it out. */
function Wrong({ problems, fatal }: { problems: readonly Problem[]; fatal: boolean }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <>
      <p className={fatal ? "shell-error" : "shell-quiet"}>{t(fatal ? "shell.import-refused" : "shell.import-flawed")}</p>
      <ul className="shell-wrong">
        {problems.slice(0, 20).map((problem, index) => (
          <li key={index}>
            <Icon name={problem.severity} size={14} />
            <span>
              {problem.line > 0 && <strong>{t("shell.line", { line: problem.line })} </strong>}
              {spoken(problem.message)}
              {problem.hint !== "" && ` – ${spoken(problem.hint)}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Read a text; a sound form is checked among its neighbours too, so that unknown types are named now. */
async function readFlow(text: string, file: string): Promise<{ flow: FlowDoc | null; problems: Problem[] }> {
  const name = asName(file.replace(/\.json$/, "")) || "import";
  const { flow, problems } = await post<ReadResult>("/api/read", { name, text });
  if (flow === null || problems.some(({ severity }) => severity === "error")) return { flow: null, problems };
  const doc = { wires: [], ...flow } as unknown as FlowDoc;
  const checked = await post<CheckResult>("/api/check", { name, flow: doc, connections: useProject.getState().connections });
  return { flow: doc, problems: checked.problems };
}

/** Put what was imported beside what is there; names that are taken get a number. */
function insert(flow: string, piece: FlowDoc, label: string): void {
  useProject.getState().edit(label, flow, (doc) => {
    const known = knowledgeOf(flow);
    return paste(doc, piece, [80, bottom(doc) + 80], useProject.getState().connections, known).doc;
  });
  announce(label);
}

function bottom(doc: FlowDoc): number {
  const places = Object.values(doc.layout ?? {}).filter((spot): spot is [number, number] => Array.isArray(spot) && typeof spot[1] === "number");
  return places.reduce((low, [, y]) => Math.max(low, y), 0);
}
