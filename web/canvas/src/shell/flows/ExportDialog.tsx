import { type ReactNode, useEffect, useState } from "react";
import { knowledgeOf } from "../../canvas/knowledge";
import { ApiError, post } from "../../api/client";
import type { Formatted } from "../../api/types";
import type { FlowDoc } from "../../model/flow";
import { fragmentOf } from "../../model/fragment";
import { useProject } from "../../store/project";
import { selectionOf, useView } from "../../store/view";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copyText";
import { Dialog } from "../../ui/Dialog";
import { notify } from "../../ui/notices";
import { loadFlow } from "../loading";
import { said } from "../../api/said";
import "../dialogs.css";

/** A flow, or what is selected in it, as the text of its file: exactly what a deploy writes. */
export function ExportDialog({ flow }: { flow: string }): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const selected = selectionOf(flow);
  const some = selected.nodes.length + selected.marks.length > 0;
  const [what, setWhat] = useState<"flow" | "selection">("flow");
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  useEffect(() => {
    let here = true;
    setText(""); // what stands there is not what was chosen
    textOf(flow, what === "selection")
      .then((found) => here && setText(found))
      .catch((reason: unknown) => here && setError(reason instanceof ApiError ? said(reason) : String(reason)));
    return () => {
      here = false;
    };
  }, [flow, what]);
  const copy = async (): Promise<void> => {
    if (await copyText(text)) notify("good", t("shell.copied"));
    else setError(t("shell.not-copied"));
  };
  return (
    <Dialog
      title={t("shell.export-title", { flow })}
      onClose={close}
      wide
      actions={
        <>
          <Button icon="copy" disabled={text === ""} onClick={() => void copy()}>
            {t("shell.copy")}
          </Button>
          <Button look="primary" icon="export" disabled={text === ""} onClick={() => download(`${flow}.json`, text)}>
            {t("shell.download", { file: `${flow}.json` })}
          </Button>
        </>
      }
    >
      {some && (
        <fieldset className="shell-choice">
          <legend>{t("shell.export-what")}</legend>
          {(["flow", "selection"] as const).map((one) => (
            <label key={one}>
              <input type="radio" name="export-what" checked={what === one} onChange={() => setWhat(one)} />
              {t(`shell.export-${one}`)}
            </label>
          ))}
        </fieldset>
      )}
      {error !== "" && (
        <p role="alert" className="shell-error">
          {error}
        </p>
      )}
      <textarea className="shell-text mono" readOnly aria-label={t("shell.text")} rows={20} value={text} spellCheck={false} />
    </Dialog>
  );
}

async function textOf(flow: string, selection: boolean): Promise<string> {
  await loadFlow(flow);
  const doc = useProject.getState().flows[flow];
  if (doc === undefined) return "";
  const { nodes, marks } = selectionOf(flow);
  const what: FlowDoc = selection ? fragmentOf(doc, nodes, marks, knowledgeOf(flow)) : doc;
  return (await post<Formatted>("/api/format", { flow: what })).text;
}

/** Give the text to the browser as a file. */
function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
