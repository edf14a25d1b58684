import { type ReactNode, useState } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useControl } from "../control";
import { figure } from "../figure";
import { OutcomeLine } from "./Outcome";
import "./controls.css";

/** A button; with a question first where the flow wants one. */
export function ButtonWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const value = widget.options["value"];
  const control = useControl(widget, () => value);
  const [asks, setAsks] = useState(false);
  const confirm = spoken(String(widget.options["confirm"] ?? ""));
  const label = spoken(String(widget.options["label"] ?? "")) || widget.title;
  return (
    <div className="dash-press">
      <button
        type="button"
        className="button dash-touch dash-press-button"
        disabled={control.barred !== null || control.outcome.kind === "sending"}
        onClick={() => (confirm === "" ? void control.operate(null) : setAsks(true))}
      >
        {label}
      </button>
      <OutcomeLine control={control} write={(value) => (value === true ? label : figure(value, null))} />
      {asks && (
        <Confirm
          title={label}
          question={confirm}
          onCancel={() => setAsks(false)}
          onConfirm={() => {
            setAsks(false);
            void control.operate(null);
          }}
          cancel={t("button.cancel")}
        />
      )}
    </div>
  );
}

interface ConfirmProps {
  title: string;
  question: string;
  cancel: string;
  onCancel(): void;
  onConfirm(): void;
}

/** Asks before something happens; the button that does it says what it does. */
export function Confirm({ title, question, cancel, onCancel, onConfirm }: ConfirmProps): ReactNode {
  return (
    <Dialog
      title={title}
      onClose={onCancel}
      actions={
        <>
          <Button className="dash-touch" onClick={onCancel}>
            {cancel}
          </Button>
          <Button className="dash-touch" look="primary" onClick={onConfirm}>
            {title}
          </Button>
        </>
      }
    >
      <p>{question}</p>
    </Dialog>
  );
}
