import { type ReactNode, useState } from "react";
import type { Widget } from "../../api/types";
import { same } from "../../model/same";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { useControl } from "../control";
import { Confirm } from "./ButtonWidget";
import { OutcomeLine } from "./Outcome";
import "./controls.css";

/** On or off, as the flow says; unknown where it says neither. */
export function SwitchWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const { on, off } = widget.options;
  const confirm = spoken(String(widget.options["confirm"] ?? ""));
  const control = useControl(widget, (value) => (value === true ? on : off));
  const [asks, setAsks] = useState(false);
  const onText = spoken(String(widget.options["on_text"] ?? "")) || t("dashboard.on");
  const offText = spoken(String(widget.options["off_text"] ?? "")) || t("dashboard.off");
  const real = control.reads ? control.real : control.lastSent?.value;
  const state = same(real, on) ? true : same(real, off) ? false : null;
  const write = (value: unknown): string => (same(value, on) ? onText : same(value, off) ? offText : JSON.stringify(value ?? null));
  const turn = (): void => void control.operate(state !== true);
  return (
    <div className="dash-press">
      <button
        type="button"
        role="switch"
        aria-checked={state === true}
        aria-label={`${widget.title}: ${state === null ? t("dashboard.unknown") : state ? onText : offText}`}
        className={`dash-switch dash-touch ${state === null ? "dash-switch-unknown" : ""}`}
        disabled={control.barred !== null || control.outcome.kind === "sending"}
        onClick={() => (confirm === "" ? turn() : setAsks(true))}
      >
        <span className="dash-switch-knob" aria-hidden="true" />
        <span>{state === null ? "?" : state ? onText : offText}</span>
      </button>
      <OutcomeLine control={control} write={write} />
      {asks && (
        <Confirm
          title={`${widget.title}: ${state === true ? offText : onText}`}
          question={confirm}
          cancel={t("button.cancel")}
          onCancel={() => setAsks(false)}
          onConfirm={() => {
            setAsks(false);
            turn();
          }}
        />
      )}
    </div>
  );
}
