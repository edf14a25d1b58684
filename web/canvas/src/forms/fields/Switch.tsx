import type { FieldProps } from "@rjsf/utils";
import { type ReactNode, useRef, useState } from "react";
import { useText } from "../../text";
import { faults, valueAt } from "../judge";
import { branches, filled, fresh, isNull, label as labelOf, nullable, type Schema, shown } from "../schema";

const NOTHING = -1;

/** One of several forms (oneOf, anyOf): a select says which. What was entered in another form comes back with it. */
export function Switch(props: FieldProps): ReactNode {
  const t = useText();
  const { formData, fieldPathId, onChange, readonly, name, registry } = props;
  const whole = props.schema as Schema;
  const forms = branches(filled(whole)).filter((branch) => !isNull(branch));
  const counts = formData === undefined ? whole.default : formData;
  const [chosen, setChosen] = useState<number | null>(null);
  const kept = useRef(new Map<number, unknown>());
  const id = fieldPathId.$id;
  const label = labelOf(name, whole);
  const empty = nullable(whole) && (counts === null || counts === undefined);
  const at = empty ? NOTHING : meant(forms, counts, chosen);
  const { SchemaField } = registry.fields;
  const form = forms[at];
  const choose = (next: number): void => {
    kept.current.set(at, counts);
    setChosen(next);
    const value = next === NOTHING ? null : (kept.current.get(next) ?? begin(forms[next]!));
    onChange(value, fieldPathId.path, undefined, id);
  };
  return (
    <div className="form-switch">
      <div className="form-field">
        <div className="form-head">
          <label className="form-label" htmlFor={`${id}-form`}>
            {label}
          </label>
        </div>
        <select
          id={`${id}-form`}
          value={at}
          disabled={readonly}
          aria-describedby={whole.description ? `${id}-about` : undefined}
          onChange={(event) => choose(Number(event.target.value))}
        >
          {nullable(whole) && <option value={NOTHING}>{t("form.empty")}</option>}
          {forms.map((branch, i) => (
            <option key={i} value={i}>
              {titleOf(branch, t("form.form", { number: i + 1 }))}
            </option>
          ))}
        </select>
        {whole.description && (
          <p className="form-about" id={`${id}-about`}>
            {whole.description}
          </p>
        )}
      </div>
      {form && SchemaField && (
        <div className="form-inside">
          <SchemaField {...props} key={at} schema={form as never} uiSchema={{ "ui:label": false }} />
        </div>
      )}
    </div>
  );
}

/** The form a value is meant for: the one chosen if it fits as well as any, else the one with the fewest faults. */
function meant(forms: Schema[], value: unknown, chosen: number | null): number {
  const named = forms.findIndex((form) => marks(form).length > 0 && marks(form).every(([key, mark]) => valueAt(value, [key]) === mark));
  if (named >= 0) return named;
  if (chosen !== null && forms[chosen] !== undefined) return chosen;
  const counts = forms.map((form) => faults(form, value ?? null).length);
  return Math.max(0, counts.indexOf(Math.min(...counts)));
}

/** Members with one value tell forms apart: `{"kind": "tcp"}`. */
function marks(form: Schema): [string, unknown][] {
  return Object.entries(form.properties ?? {}).flatMap(([key, { const: constant, enum: values }]) =>
    constant !== undefined ? [[key, constant]] : values?.length === 1 ? [[key, values[0]]] : [],
  );
}

function begin(form: Schema): unknown {
  const value = fresh(form);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value, ...Object.fromEntries(marks(form)) } : value;
}

function titleOf(form: Schema, otherwise: string): string {
  if (form.title !== undefined) return labelOf("", form);
  const mark = marks(form)[0];
  return mark === undefined ? otherwise : shown(mark[1]);
}
