import { type ReactNode, useId, useState } from "react";
import { same } from "../../model/same";
import { type Key, useText } from "../../text";
import { type Control, wiring } from "../control";
import { useAround } from "../place";
import { choices, type Schema, shown } from "../schema";
import { asPlain, PLAIN, PLAIN_TEXT, type Plain, plainOf, PlainValue } from "./AnyValue";
import { CodeInput } from "./CodeInput";
import { TextInput } from "./TextInput";

/** Words that name a plain JSON type. */
const AS_WRITTEN: Record<string, Plain> = { str: "text", num: "number", bool: "boolean", json: "json" };
/** Words after which nothing more is to be said. */
const ALONE = new Set(["date", "prev"]);
const WORDS: Record<string, Key> = {
  msg: "form.typed.msg",
  flow: "form.typed.flow",
  global: "form.typed.global",
  env: "form.typed.env",
  expression: "form.typed.expression",
  date: "form.typed.date",
  prev: "form.typed.prev",
  re: "form.typed.re",
};

/**
 * A value and how to read it, in one control: two options of the node, the second named by `x-type-of`. Without a
 * word for its type, a value is what it is in JSON.
 */
export function TypedValue({ typeName, ...control }: Control & { typeName: string }): ReactNode {
  const t = useText();
  const around = useAround();
  const hidden = useId();
  const typeSchema: Schema = around?.schema.properties?.[typeName] ?? {};
  const word = (around?.value[typeName] ?? typeSchema.default ?? null) as string | null;
  const counts = control.value === undefined ? control.schema.default : control.value;
  const [chosen, setChosen] = useState<{ plain: Plain; value: unknown } | null>(null);
  const special = word !== null && AS_WRITTEN[word] === undefined ? word : null;
  const inferred = word === null ? plainOf(counts) : (AS_WRITTEN[word] ?? "text");
  const plain = chosen !== null && same(chosen.value, counts) ? chosen.plain : inferred;
  const words = choices(typeSchema).map((choice) => String(choice.value));
  const specials = words.filter((one) => AS_WRITTEN[one] === undefined);
  const mayBePlain = words.length !== specials.length || plain === inferred;

  const put = (value: unknown, type: string | null): void => {
    if (around === null) return;
    const next = { ...around.value };
    const usual = typeSchema.default ?? null;
    if (value === undefined || same(value, control.schema.default)) delete next[control.name];
    else next[control.name] = value;
    if (type === usual) delete next[typeName];
    else next[typeName] = type;
    around.set(next);
  };
  const choose = (what: string): void => {
    const as = PLAIN.find((one) => one === what);
    if (as !== undefined) {
      const value = asPlain(counts, as);
      setChosen({ plain: as, value });
      return put(value, null);
    }
    setChosen(null);
    put(ALONE.has(what) ? undefined : typeof counts === "string" ? counts : "", what);
  };
  const value = {
    ...control,
    value: counts,
    set: (next: unknown) => {
      setChosen(special === null ? { plain, value: next } : null);
      put(next, special !== null ? special : AS_WRITTEN[word ?? ""] === plain ? word : null);
    },
  };
  return (
    <div className="form-typed">
      <select
        id={hidden}
        aria-label={t("form.any.type", { label: control.label })}
        value={special ?? plain}
        disabled={control.readonly}
        onChange={(event) => choose(event.target.value)}
      >
        {mayBePlain &&
          PLAIN.map((one) => (
            <option key={one} value={one}>
              {t(PLAIN_TEXT[one])}
            </option>
          ))}
        {specials.map((one) => (
          <option key={one} value={one}>
            {WORDS[one] === undefined ? shown(one) : t(WORDS[one])}
          </option>
        ))}
      </select>
      {special === null ? (
        <PlainValue {...value} plain={plain} />
      ) : ALONE.has(special) ? (
        <input {...wiring(control)} type="text" value="" disabled readOnly />
      ) : special === "expression" ? (
        <CodeInput {...value} schema={{ ...control.schema, "x-widget": "expression" }} kept />
      ) : (
        <TextInput {...value} schema={{}} kept />
      )}
    </div>
  );
}
