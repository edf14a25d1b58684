import type { ReactNode } from "react";
import { same } from "../../model/same";
import { useText } from "../../text";
import { type Control, emptied, wiring } from "../control";
import { choices, shown } from "../schema";

const NONE = "none";

/** One of several values. A value that is none of them stays on show until another is chosen. */
export function Choice(control: Control): ReactNode {
  const t = useText();
  const { schema, value, nullable, readonly, set } = control;
  const all = choices(schema);
  const counts = value === undefined ? schema.default : value;
  const at = all.findIndex((choice) => same(choice.value, counts));
  const nothing = counts === undefined || counts === null;
  const stray = at < 0 && !nothing;
  return (
    <select
      {...wiring(control)}
      value={stray ? "stray" : nothing ? NONE : at}
      disabled={readonly}
      onChange={(event) => {
        const chosen = event.target.value;
        set(chosen === NONE ? emptied(control) : all[Number(chosen)]?.value);
      }}
    >
      {stray && <option value="stray">{t("form.stray", { value: shown(counts) })}</option>}
      {(nullable || nothing) && (
        <option value={NONE} disabled={!nullable}>
          {nullable ? t("form.empty") : t("form.choose")}
        </option>
      )}
      {all.map((choice, i) => (
        <option key={i} value={i} title={choice.description || undefined}>
          {same(choice.value, schema.default) ? t("form.default", { value: choice.title }) : choice.title}
        </option>
      ))}
    </select>
  );
}

/** True, false or nothing. */
export function MaybeTrue(control: Control): ReactNode {
  const t = useText();
  const words = { ...control.schema, type: undefined, anyOf: [true, false].map((value) => ({ const: value, title: t(value ? "form.yes" : "form.no") })) };
  return <Choice {...control} schema={words} />;
}

/** Several of some values: a list without order to care for. */
export function Choices({ id, label, describedBy, schema, value, readonly, set }: Control): ReactNode {
  const counts = (value ?? schema.default ?? []) as unknown[];
  const all = choices(schema.items ?? {});
  const known = all.map((choice) => choice.value);
  const strays = Array.isArray(counts) ? counts.filter((item) => !known.some((one) => same(one, item))) : [];
  const toggle = (item: unknown, on: boolean): void => {
    const rest = counts.filter((one) => !same(one, item));
    // Ticked ones stay in the order of the schema, so that ticking twice changes nothing.
    const next = on ? [...known.filter((one) => same(one, item) || rest.some((other) => same(other, one))), ...strays] : rest;
    set(next);
  };
  return (
    <div className="form-choices" role="group" id={id} aria-label={label} aria-describedby={describedBy}>
      {[...all, ...strays.map((item) => ({ value: item, title: shown(item), description: "" }))].map((choice, i) => (
        <label key={i} className="form-tick">
          <input
            type="checkbox"
            checked={counts.some((item) => same(item, choice.value))}
            disabled={readonly}
            onChange={(event) => toggle(choice.value, event.target.checked)}
          />
          {choice.title}
        </label>
      ))}
    </div>
  );
}
