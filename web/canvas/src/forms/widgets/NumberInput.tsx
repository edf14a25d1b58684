import { type KeyboardEvent, type ReactNode, useState } from "react";
import { useText } from "../../text";
import { type Control, emptied, readNumber, wiring, written } from "../control";
import { placeholder } from "./TextInput";

/** A number with its unit. Arrow keys step, with Shift by ten; a share between 0 and 1 has a slider beside it. */
export function NumberInput(control: Control): ReactNode {
  const t = useText();
  const { schema, value, readonly, set } = control;
  const [typed, setTyped] = useState(() => written(value));
  const read = (text: string): unknown => (text.trim() === "" ? emptied(control) : readNumber(text));
  // What was typed stays as typed ("1.50") as long as it means the value; else the value has come from elsewhere.
  const text = (read(typed) ?? null) === (value ?? null) ? typed : written(value);
  const take = (next: string): void => {
    setTyped(next);
    set(read(next));
  };
  const step = (event: KeyboardEvent): void => {
    const sign = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    const now = read(text) ?? schema.default ?? 0;
    if (sign === 0 || readonly || typeof now !== "number") return;
    event.preventDefault();
    const size = schema.multipleOf ?? (isShare(schema) ? 0.01 : 1);
    const next = now + sign * size * (event.shiftKey ? 10 : 1);
    take(String(within(schema, Number(next.toPrecision(12)))));
  };
  const unit = schema["x-unit"];
  return (
    <div className="form-number">
      <input
        {...wiring(control)}
        type="text"
        inputMode={schema.type === "integer" ? "numeric" : "decimal"}
        autoComplete="off"
        spellCheck={false}
        value={text}
        readOnly={readonly}
        placeholder={placeholder(control, t)}
        onChange={(event) => take(event.target.value)}
        onKeyDown={step}
        onBlur={() => setTyped(written(value))}
      />
      {unit && <span className="form-unit">{unit}</span>}
      {isShare(schema) && (
        <input
          type="range"
          aria-label={t("form.slider", { label: control.label })}
          min={schema.minimum}
          max={schema.maximum}
          step={0.01}
          value={Number(value ?? schema.default ?? schema.minimum) || 0}
          disabled={readonly}
          onChange={(event) => take(event.target.value)}
        />
      )}
    </div>
  );
}

function isShare({ minimum, maximum, "x-widget": widget, type }: Schema): boolean {
  if (minimum === undefined || maximum === undefined) return false;
  return widget === "slider" || (type === "number" && minimum === 0 && maximum === 1);
}

type Schema = Control["schema"];

function within({ minimum = -Infinity, maximum = Infinity }: Schema, value: number): number {
  return Math.min(maximum, Math.max(minimum, value));
}
