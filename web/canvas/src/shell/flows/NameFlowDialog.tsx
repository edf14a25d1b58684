import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useView } from "../../store/view";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { addFlow, renameFlow } from "./flowEdits";
import { freeNameOfMine, nameFault } from "./flowName";
import "../form.css";

/** A name for a new flow, or another one for `flow`. */
export function NameFlowDialog({ flow }: { flow?: string }): ReactNode {
  const t = useText();
  const id = useId();
  const close = useView((state) => state.closeDialog);
  const [name, setName] = useState(() => flow ?? freeNameOfMine("flow"));
  const wrong = name === flow ? "" : nameFault(name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (wrong !== "") return;
    close();
    if (flow === undefined) addFlow(name);
    else if (name !== flow) void renameFlow(flow, name);
  };
  return (
    <Dialog
      title={flow === undefined ? t("shell.new-flow") : t("shell.rename-title", { flow })}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t("button.cancel")}</Button>
          <Button look="primary" type="submit" form={id} disabled={wrong !== ""}>
            {t(flow === undefined ? "shell.create" : "shell.rename")}
          </Button>
        </>
      }
    >
      <form id={id} className="shell-form" onSubmit={submit}>
        <label htmlFor={`${id}-name`}>{t("shell.flow-name")}</label>
        <input
          id={`${id}-name`}
          value={name}
          autoFocus
          spellCheck={false}
          autoComplete="off"
          aria-invalid={wrong !== ""}
          aria-describedby={`${id}-why`}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setName(event.target.value)}
        />
        <p id={`${id}-why`} className={wrong ? "shell-error" : "shell-quiet"}>
          {wrong || t(flow === undefined ? "shell.file-will-be" : "shell.rename-follows", { file: `${name}.json` })}
        </p>
      </form>
    </Dialog>
  );
}
