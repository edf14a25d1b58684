import { type ReactNode, useId } from "react";
import { useText } from "../../text";
import { type Control, wiring } from "../control";
import { usePlace } from "../place";
import { reference, referenceText, type Reference } from "../reference";

/** A reference in the place of a value: a variable with its default, a secret, or a parameter of the subflow. */
export function ReferenceInput(control: Control): ReactNode {
  const t = useText();
  const list = useId();
  const { variables, parameters } = usePlace();
  const { value, label, readonly, set } = control;
  const it = reference(value) ?? { kind: "variable", name: "" };
  const put = (next: Reference): void => set(referenceText(next));
  const names = it.kind === "variable" ? variables : it.kind === "parameter" ? parameters : [];
  return (
    <div className="form-reference">
      <select
        aria-label={t("form.reference.kind", { label })}
        value={it.kind}
        disabled={readonly}
        onChange={(event) => put({ kind: event.target.value as Reference["kind"], name: it.name })}
      >
        <option value="variable">{t("form.reference.variable")}</option>
        <option value="secret">{t("form.reference.secret")}</option>
        <option value="parameter">{t("form.reference.parameter")}</option>
      </select>
      <input
        {...wiring(control)}
        type="text"
        className="mono"
        autoComplete="off"
        spellCheck={false}
        list={list}
        placeholder={t("form.reference.name")}
        value={it.name}
        readOnly={readonly}
        onChange={(event) => put({ ...it, name: event.target.value.replace(/[${}:\s]/g, "") })}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {it.kind === "variable" && (
        <label className="form-fallback">
          {t("form.reference.fallback")}
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder={t("form.empty")}
            value={it.fallback ?? ""}
            readOnly={readonly}
            onChange={(event) => {
              const fallback = event.target.value.replace(/[{}]/g, "");
              put({ ...it, fallback: fallback === "" ? undefined : fallback });
            }}
          />
        </label>
      )}
    </div>
  );
}
