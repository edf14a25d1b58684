import { type ReactNode, useState } from "react";
import { same } from "../../model/same";
import { useText } from "../../text";
import { type Control, wiring } from "../control";

/** A JSON value as text. What is no JSON yet stays in the field and says why. */
export function JsonInput(control: Control): ReactNode {
  const t = useText();
  const { id, value, readonly, set, describedBy, schema } = control;
  const [typed, setTyped] = useState(() => pretty(value));
  const parsed = parse(typed);
  const own = parsed.fault === "" ? same(parsed.value, value) : true;
  const text = own ? typed : pretty(value);
  const fault = own ? parsed.fault : "";
  const fixed = schema.type === "object" || schema.type === "array";
  return (
    <div className="form-json">
      <textarea
        {...wiring(control)}
        aria-invalid={control.invalid || fault !== "" || undefined}
        aria-describedby={[describedBy, fault && `${id}-json`].filter(Boolean).join(" ") || undefined}
        className="mono"
        spellCheck={false}
        rows={Math.min(14, Math.max(2, text.split("\n").length))}
        value={text}
        readOnly={readonly}
        onChange={(event) => {
          const next = event.target.value;
          setTyped(next);
          const read = parse(next);
          if (next.trim() === "" && fixed && !control.kept) set(undefined);
          else if (read.fault === "") set(read.value);
        }}
      />
      {fault !== "" && (
        <p className="form-error" id={`${id}-json`}>
          {t("form.fault.json", { why: fault })}
        </p>
      )}
    </div>
  );
}

function pretty(value: unknown): string {
  if (value === undefined) return "";
  const line = JSON.stringify(value);
  return line.length < 40 ? line : JSON.stringify(value, null, 2);
}

function parse(text: string): { value: unknown; fault: string } {
  if (text.trim() === "") return { value: undefined, fault: "" };
  try {
    return { value: JSON.parse(text) as unknown, fault: "" };
  } catch (error) {
    return { value: undefined, fault: error instanceof Error ? error.message : "" };
  }
}
