import { type ReactNode, useState } from "react";
import { same } from "../../model/same";
import { useText, type Key } from "../../text";
import { type Control, wiring } from "../control";
import { types } from "../schema";
import { JsonInput } from "./JsonInput";
import { NumberInput } from "./NumberInput";
import { TextInput } from "./TextInput";

export const PLAIN = ["text", "number", "boolean", "json", "empty"] as const;
export type Plain = (typeof PLAIN)[number];

export const PLAIN_TEXT: Record<Plain, Key> = {
  text: "form.any.text",
  number: "form.any.number",
  boolean: "form.any.boolean",
  json: "form.any.json",
  empty: "form.any.empty",
};

export function plainOf(value: unknown): Plain {
  if (value === undefined || value === null) return "empty";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "boolean" : "json";
}

/** What stands in a value when another type is chosen for it: the same, as far as it can be. */
export function asPlain(value: unknown, plain: Plain): unknown {
  switch (plain) {
    case "text":
      return value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    case "number":
      return Number(value) || 0;
    case "boolean":
      return value === true || value === "true";
    case "json":
      return typeof value === "object" && value !== null ? value : {};
    case "empty":
      return null;
  }
}

/** Any JSON value: its type, and a control for that type. */
export function AnyValue(control: Control): ReactNode {
  const t = useText();
  const { schema, value, readonly, label, set } = control;
  const counts = value === undefined ? schema.default : value;
  const [chosen, setChosen] = useState<{ plain: Plain; value: unknown } | null>(null);
  const plain = chosen !== null && same(chosen.value, counts) ? chosen.plain : plainOf(counts);
  const offered = PLAIN.filter((one) => allowed(schema, one) || one === plain);
  const put = (next: unknown, as: Plain): void => {
    setChosen({ plain: as, value: next });
    set(next);
  };
  if (offered.length === 1 && plain === "json") return <JsonInput {...control} value={counts} />;
  return (
    <div className="form-typed">
      <select
        aria-label={t("form.any.type", { label })}
        value={plain}
        disabled={readonly}
        onChange={(event) => {
          const as = event.target.value as Plain;
          put(asPlain(counts, as), as);
        }}
      >
        {offered.map((one) => (
          <option key={one} value={one}>
            {t(PLAIN_TEXT[one])}
          </option>
        ))}
      </select>
      <PlainValue {...control} value={counts} plain={plain} set={(next) => put(next, plain)} />
    </div>
  );
}

/** The control for one plain type. */
export function PlainValue({ plain, ...control }: Control & { plain: Plain }): ReactNode {
  const t = useText();
  const bare = { ...control, schema: {}, kept: true, nullable: false };
  switch (plain) {
    case "text":
      return <TextInput {...bare} />;
    case "number":
      return <NumberInput {...bare} />;
    case "boolean":
      return (
        <select
          {...wiring(control)}
          value={String(control.value === true)}
          disabled={control.readonly}
          onChange={(event) => control.set(event.target.value === "true")}
        >
          <option value="true">{t("form.yes")}</option>
          <option value="false">{t("form.no")}</option>
        </select>
      );
    case "json":
      return <JsonInput {...control} />;
    case "empty":
      return <input {...wiring(control)} type="text" value={t("form.any.nothing")} disabled readOnly />;
  }
}

function allowed(schema: Control["schema"], plain: Plain): boolean {
  const all = [...types(schema), ...(schema.anyOf ?? schema.oneOf ?? []).flatMap((branch) => types(branch))];
  if (all.length === 0) return true;
  const needs = { text: ["string"], number: ["number", "integer"], boolean: ["boolean"], json: ["object", "array"], empty: ["null"] };
  return needs[plain].some((type) => all.includes(type));
}
