import { type ReactNode, useState } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import type { Control } from "../control";
import { OutcomeLine } from "./Outcome";
import "./controls.css";

interface Props {
  widget: Widget;
  control: Control;
  /** What is really set, or was sent last. */
  known: string;
  write(value: unknown): string;
  /** What someone typed, as the value to be sent; a text: why it cannot be. */
  read(text: string): { value: unknown } | { why: string };
  hint?: string;
  suffix?: string;
  numeric?: boolean;
  choices?: readonly string[];
}

/** Something to be typed or chosen, and sent by a button. */
export function Entry({ widget, control, known, write, read, hint = "", suffix = "", numeric = false, choices = [] }: Props): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const [text, setText] = useState("");
  const [why, setWhy] = useState("");
  const off = control.barred !== null || control.outcome.kind === "sending";
  const send = (): void => {
    const found = read(text.trim());
    if ("why" in found) setWhy(found.why);
    else {
      setText("");
      void control.operate(found.value);
    }
  };
  const common = { value: text, disabled: off, "aria-label": widget.title, "aria-invalid": why !== "", className: "dash-touch" };
  return (
    <form
      className="dash-entry"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <p className="dash-figure dash-figure-small">{known}</p>
      <div className="dash-entry-line">
        {choices.length > 0 ? (
          <select {...common} onChange={(event) => setText(event.target.value)}>
            <option value="">{t("dashboard.choose")}</option>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {spoken(choice)}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...common}
            inputMode={numeric ? "decimal" : "text"}
            placeholder={spoken(hint)}
            onChange={(event) => {
              setText(event.target.value);
              setWhy("");
            }}
          />
        )}
        {suffix && <span className="dash-unit">{suffix}</span>}
        <button type="submit" className="button dash-touch" disabled={off || text.trim() === ""}>
          {t("dashboard.set")}
        </button>
      </div>
      {why === "" ? (
        <OutcomeLine control={control} write={write} />
      ) : (
        <p className="dash-outcome dash-outcome-error" role="alert">
          {why}
        </p>
      )}
    </form>
  );
}
