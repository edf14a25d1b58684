import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../api/client";
import type { RedFinding, RedResult } from "../api/types";
import { said } from "../api/said";
import { useView } from "../store/view";
import { type Key, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { openNodeRed, readNodeRed, type Wishes } from "./opening";
import "./nodered.css";

type Level = RedFinding["level"];
const LEVELS: Level[] = ["error", "loop", "placeholder", "lost", "secret", "changed", "note"];
/** Findings of one level that are listed; a file may have thousands. */
const MOST = 100;

/** Flows of Node-RED: what comes, what does not, what is nearest; then into the draft, if it is wanted. */
export function NodeRedDialog({ text, name }: { text: string; name: string }): ReactNode {
  const t = useText();
  const id = useId();
  const close = useView((state) => state.closeDialog);
  const [wishes, setWishes] = useState<Wishes>({ text, credentials: "", key: "", asynchronous: false, native: false });
  const [result, setResult] = useState<RedResult | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  /** The newest question: an answer to an older one comes too late. */
  const asked = useRef(0);
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError("");
    try {
      await work();
    } catch (reason) {
      setError(reason instanceof ApiError ? said(reason) : String(reason));
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    const number = ++asked.current;
    if (wishes.credentials !== "" && wishes.key === "" && wishes.credentials?.includes('"$"')) return; // the key is on its way
    const timer = window.setTimeout(
      () =>
        void run(async () => {
          const found = await readNodeRed(wishes);
          if (number === asked.current) setResult(found);
        }),
      wishes.key === "" ? 0 : 400,
    );
    return () => clearTimeout(timer);
  }, [wishes]);
  const open = (): Promise<void> =>
    run(async () => {
      await openNodeRed(wishes);
      close();
    });
  const change = (part: Partial<Wishes>): void => setWishes({ ...wishes, ...part });
  const empty = result !== null && Object.keys(result.flows).length === 0;
  return (
    <Dialog
      title={name === "" ? t("nodered.title") : t("nodered.title-of", { name })}
      onClose={close}
      wide
      actions={
        <>
          <Button onClick={close}>{t("button.cancel")}</Button>
          <Button look="primary" icon="import" disabled={busy || result === null || empty || error !== ""} onClick={() => void open()}>
            {t("nodered.open")}
          </Button>
        </>
      }
    >
      <p className="shell-quiet">{t("nodered.how")}</p>
      <fieldset className="red-wishes">
        <legend>{t("nodered.wishes")}</legend>
        <label>
          <input type="checkbox" checked={wishes.asynchronous} onChange={(event) => change({ asynchronous: event.target.checked })} />
          {t("nodered.asynchronous")}
        </label>
        <label>
          <input type="checkbox" checked={wishes.native} onChange={(event) => change({ native: event.target.checked })} />
          {t("nodered.native")}
        </label>
        <label className="red-file">
          <span>{t("nodered.credentials")}</span>
          <input type="file" accept=".json,application/json" onChange={(event) => void event.target.files?.[0]?.text().then((credentials) => change({ credentials }))} />
        </label>
        {wishes.credentials !== "" && (
          <label className="red-file">
            <span>{t("nodered.key")}</span>
            <input type="password" autoComplete="off" value={wishes.key} aria-describedby={`${id}-error`} onChange={(event) => change({ key: event.target.value })} />
          </label>
        )}
      </fieldset>
      <div id={`${id}-error`} role="alert">
        {error !== "" && <p className="shell-error">{error}</p>}
      </div>
      {result === null && busy && <p className="shell-quiet">{t("shell.loading")}</p>}
      {result !== null && error === "" && <Report result={result} />}
    </Dialog>
  );
}

/** What the server counts, in the words of this page. */
const COUNTED: Record<string, Key> = {
  flows: "nodered.count-flows",
  subflows: "nodered.count-subflows",
  nodes: "nodered.count-nodes",
  "of them flowengine's own": "nodered.count-own",
  connections: "nodered.count-connections",
  placeholders: "nodered.count-placeholders",
  "pages for operators": "nodered.count-pages",
};

function Report({ result }: { result: RedResult }): ReactNode {
  const t = useText();
  const counts = Object.entries(result.counts).map(([what, count]) => (COUNTED[what] ? t(COUNTED[what], { count }) : `${count} ${what}`));
  return (
    <section className="red-report" aria-label={t("nodered.report")} tabIndex={0}>
      <p>
        <strong>{t("nodered.brought")}</strong> {counts.join(", ")}
      </p>
      <p className="shell-quiet">{t("nodered.flows", { names: Object.keys(result.flows).join(", ") })}</p>
      {result.pages.length > 0 && <p className="shell-quiet">{t("nodered.pages", { names: result.pages.join(", ") })}</p>}
      {result.findings.length === 0 && <p>{t("nodered.all-well")}</p>}
      {LEVELS.map((level) => (
        <Findings key={level} level={level} found={result.findings.filter((finding) => finding.level === level)} />
      ))}
      {result.more > 0 && <p className="shell-quiet">{t("nodered.more", { count: result.more })}</p>}
    </section>
  );
}

function Findings({ level, found }: { level: Level; found: readonly RedFinding[] }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  if (found.length === 0) return null;
  return (
    <details open={level !== "note" && level !== "changed"}>
      <summary>
        {t(`nodered.level-${level}`)} ({found.length})
      </summary>
      <ul>
        {found.slice(0, MOST).map((finding, index) => (
          <li key={index}>
            <strong>{[finding.flow, finding.node].filter((part) => part !== "").join("/") || finding.name || finding.type}</strong>
            {finding.type !== "" && <span className="shell-quiet"> {finding.type}</span>}
            {finding.text !== "" && <span>: {spoken(finding.text)}</span>}
            {finding.hint !== "" && <span className="red-hint"> – {spoken(finding.hint)}</span>}
          </li>
        ))}
      </ul>
      {found.length > MOST && <p className="shell-quiet">{t("nodered.more", { count: found.length - MOST })}</p>}
    </details>
  );
}
