import { type FormEvent, type ReactNode, useId, useState } from "react";
import { wireKey } from "../../model/wires";
import { useProject } from "../../store/project";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { setFeedback } from "../deeds/wires";
import { close, type Popup } from "../popups/popups";
import { focusOn } from "../stage";

/** Make a wire feed back, or change what it begins with. */
export function FeedbackDialog({ popup: { flow, from, to, wire } }: { popup: Extract<Popup, { kind: "feedback" }> }): ReactNode {
  const t = useText();
  const now = useProject.getState().flows[flow]?.wires.find((one) => wireKey(one) === wireKey({ from, to }))?.feedback;
  const [text, setText] = useState(JSON.stringify(now?.initial ?? 0));
  const [wrong, setWrong] = useState(false);
  const id = useId();
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const initial = parsed(text);
    if (initial === undefined) {
      setWrong(true);
      return;
    }
    close();
    setFeedback(flow, { from, to }, { initial: initial.value });
    focusOn(wireKey({ from, to }));
  };
  return (
    <Dialog
      title={t(now ? "canvas.feedback.edit" : "canvas.feedback.title")}
      onClose={close}
      actions={
        <>
          {now && (
            <Button
              onClick={() => {
                close();
                setFeedback(flow, { from, to }, undefined);
              }}
            >
              {t("canvas.feedback.remove")}
            </Button>
          )}
          <Button onClick={() => close()}>{t("button.cancel")}</Button>
          <Button look="primary" type="submit" form={`${id}-form`}>
            {t(wire || now ? "canvas.feedback.save" : "canvas.feedback.make")}
          </Button>
        </>
      }
    >
      <form id={`${id}-form`} className="canvas-form" onSubmit={save}>
        <p>{t("canvas.feedback.why", { from, to })}</p>
        <label htmlFor={`${id}-initial`}>{t("canvas.feedback.initial")}</label>
        <input
          id={`${id}-initial`}
          className="mono"
          value={text}
          autoFocus
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setWrong(false);
          }}
        />
        {wrong && (
          <p id={`${id}-wrong`} className="canvas-wrong">
            {t("canvas.feedback.wrong")}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
