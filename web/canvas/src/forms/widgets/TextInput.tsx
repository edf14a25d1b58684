import type { ReactNode } from "react";
import { type t as Text, useText } from "../../text";
import { type Control, emptied, wiring, written } from "../control";
import { shown } from "../schema";

/** A text; one of several lines gets room for them. */
export function TextInput(control: Control): ReactNode {
  const t = useText();
  const { schema, value, readonly, set } = control;
  const text = written(value);
  const common = {
    ...wiring(control),
    value: text,
    readOnly: readonly,
    placeholder: placeholder(control, t),
    onChange: (event: { target: { value: string } }) => set(read(control, event.target.value)),
  };
  if (schema["x-widget"] === "text" || text.includes("\n"))
    return <textarea {...common} rows={Math.min(14, Math.max(3, text.split("\n").length))} />;
  return <input {...common} type="text" autoComplete="off" spellCheck={false} />;
}

function read(control: Control, text: string): unknown {
  if (text !== "") return text;
  if (control.nullable) return emptied(control);
  if (control.kept) return "";
  // An empty text is a value of its own where the default says something else.
  return control.required || (control.schema.default ?? "") === "" ? undefined : "";
}

/** What counts while nothing is entered. */
export function placeholder({ schema, value, nullable, required }: Control, t: typeof Text): string | undefined {
  if (value !== undefined && value !== null) return undefined;
  if (value === undefined && schema.default !== undefined && schema.default !== null && schema.default !== "")
    return shown(schema.default);
  const example = schema.examples?.[0];
  if (example !== undefined) return t("form.example", { example: shown(example) });
  return nullable ? t("form.empty") : required ? undefined : t("form.empty");
}
