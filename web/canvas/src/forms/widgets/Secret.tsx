import type { ReactNode } from "react";
import { useText } from "../../text";
import { type Control, wiring } from "../control";
import { reference, referenceText } from "../reference";

/** The name of a secret. Its value never comes to the browser and never stands in a flow. */
export function Secret(control: Control): ReactNode {
  const t = useText();
  const { id, value, readonly, set, describedBy, required } = control;
  const named = reference(value);
  const text = typeof value === "string" ? value : "";
  const inClear = text !== "" && (named === null || named.kind === "variable");
  const kind = named?.kind === "parameter" ? "parameter" : "secret";
  const put = (name: string): void =>
    set(name === "" ? (required || control.kept ? "" : undefined) : referenceText({ kind, name }));
  return (
    <div className="form-secret">
      <span className="form-affix" aria-hidden="true">
        {`\${${kind}:`}
      </span>
      <input
        {...wiring(control)}
        aria-describedby={[describedBy, `${id}-secret`].filter(Boolean).join(" ")}
        // A password typed here by mistake must not be read over a shoulder; a name may.
        type={inClear ? "password" : "text"}
        autoComplete="off"
        spellCheck={false}
        readOnly={readonly}
        placeholder={t("form.secret.name")}
        value={inClear ? text : (named?.name ?? "")}
        onChange={(event) => put(cleaned(event.target.value))}
      />
      <span className="form-affix" aria-hidden="true">
        {"}"}
      </span>
      <p className="form-hint" id={`${id}-secret`}>
        {t("form.secret.help")}
      </p>
    </div>
  );
}

/** People paste `${secret:name}` as a whole. */
function cleaned(text: string): string {
  return reference(text)?.name ?? text.replace(/[^A-Za-z0-9_./-]/g, "");
}
