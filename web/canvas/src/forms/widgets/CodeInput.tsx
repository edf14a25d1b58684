import { lazy, type ReactNode, Suspense } from "react";
import { useText } from "../../text";
import type { Control } from "../control";
import { usePlace } from "../place";
import "../code/code.css";

const CodeEditor = lazy(() => import("../code/CodeEditor"));

/** Code, an expression or a template: an editor with colours, loaded when the first one is shown. */
export function CodeInput(control: Control): ReactNode {
  const t = useText();
  const { schema, value, readonly, required, kept, set, name } = control;
  const { failed } = usePlace();
  const text = typeof value === "string" ? value : value === undefined ? String(schema.default ?? "") : JSON.stringify(value);
  const language = schema["x-widget"] === "expression" ? "expression" : (schema["x-language"] ?? "text");
  const waiting = (
    <pre className="form-code-waiting mono" aria-busy="true" tabIndex={-1}>
      {text}
    </pre>
  );
  return (
    <div className="form-code">
      <Suspense fallback={waiting}>
        <CodeEditor
          label={control.label}
          describedBy={control.describedBy}
          invalid={control.invalid}
          id={control.id}
          language={language}
          text={text}
          readonly={readonly}
          fault={failed(name)}
          onChange={(next: string) => set(next === "" && !kept && (required || (schema.default ?? "") === "") ? undefined : next)}
        />
      </Suspense>
      {language !== "text" && <p className="form-hint">{t("form.code.leave")}</p>}
    </div>
  );
}
