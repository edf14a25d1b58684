import { type ReactNode, useId } from "react";
import { useText } from "../../text";
import { type Control, wiring } from "../control";
import { usePlace } from "../place";
import { reference, referenceText, type Reference } from "../reference";

type Variable = Extract<Reference, { kind: "variable" }>;

/**
 * A reference in the place of a value: a variable, a secret, or a parameter of the subflow. Of a variable the value that
 * counts while nothing sets it comes first: it is what most people come to change.
 */
export function ReferenceInput(control: Control): ReactNode {
  const t = useText();
  const { value, label, readonly, set } = control;
  const it = reference(value) ?? { kind: "variable", name: "" };
  const put = (next: Reference): void => set(referenceText(next));
  const isVariable = it.kind === "variable";
  return (
    <div className="form-reference">
      {isVariable && <Fallback control={control} it={it} put={put} />}
      <div className="form-reference-to">
        {isVariable && <span>{t("form.reference.unless")}</span>}
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
        <Name control={control} it={it} put={put} />
      </div>
    </div>
  );
}

/** The value while the variable is not set. */
function Fallback({ control, it, put }: { control: Control; it: Variable; put(next: Reference): void }): ReactNode {
  const t = useText();
  const unit = control.schema["x-unit"];
  return (
    <div className="form-number">
      <input
        {...wiring(control)}
        type="text"
        autoComplete="off"
        spellCheck={false}
        placeholder={t("form.reference.no-fallback")}
        value={it.fallback ?? ""}
        readOnly={control.readonly}
        onChange={(event) => {
          const fallback = event.target.value.replace(/[{}]/g, "");
          put({ ...it, fallback: fallback === "" ? undefined : fallback });
        }}
      />
      {unit && <span className="form-unit">{unit}</span>}
    </div>
  );
}

function Name({ control, it, put }: { control: Control; it: Reference; put(next: Reference): void }): ReactNode {
  const t = useText();
  const list = useId();
  const { variables, parameters } = usePlace();
  const names = it.kind === "variable" ? variables : it.kind === "parameter" ? parameters : [];
  // Of a variable, the field's label and help belong to the value.
  const named = it.kind === "variable" ? { "aria-label": t("form.reference.named", { label: control.label }) } : wiring(control);
  return (
    <>
      <input
        {...named}
        type="text"
        className="mono"
        autoComplete="off"
        spellCheck={false}
        list={list}
        placeholder={t("form.reference.name")}
        value={it.name}
        readOnly={control.readonly}
        onChange={(event) => put({ ...it, name: event.target.value.replace(/[${}:\s]/g, "") })}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
