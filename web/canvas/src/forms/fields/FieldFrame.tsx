import type { ReactNode } from "react";
import { useText } from "../../text";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { shown } from "../schema";

interface Props {
  id: string;
  label: string;
  hideLabel?: boolean;
  /** A tick stands before its label. */
  inline?: boolean;
  required?: boolean;
  about?: string | undefined;
  /** In the second entry of a list and after it: the first one has shown the help. */
  hideAbout?: boolean;
  errors: string[];
  reset?: (() => void) | undefined;
  usual?: unknown;
  refer?: { on: boolean; toggle(): void } | undefined;
  children: ReactNode;
}

/** What stands around every control: label, buttons, help, and what is wrong. */
export function FieldFrame({ id, label, hideLabel, inline, required, about, hideAbout, errors, reset, usual, refer, children }: Props): ReactNode {
  const t = useText();
  const tools = (reset !== undefined || refer !== undefined) && (
    <span className="form-tools">
      {refer && (
        <IconButton
          icon="link"
          label={t(refer.on ? "form.reference.off" : "form.reference.on", { label })}
          aria-pressed={refer.on}
          onClick={refer.toggle}
        />
      )}
      {reset && (
        <IconButton icon="undo" label={t("form.reset", { label, value: shown(usual) })} onClick={reset} />
      )}
    </span>
  );
  const name = (
    <label htmlFor={id} className={hideLabel ? "only-read" : "form-label"}>
      {label}
    </label>
  );
  const star = required && !hideLabel && (
    <span className="form-required" aria-hidden="true">
      *
    </span>
  );
  return (
    <div className={`form-field${errors.length > 0 ? " form-field-wrong" : ""}`}>
      {inline ? (
        <div className="form-head">
          {children}
          {name}
          <span className="form-space" />
          {tools}
        </div>
      ) : hideLabel ? (
        <div className="form-control">
          {name}
          {children}
          {tools}
        </div>
      ) : (
        <>
          <div className="form-head">
            {name}
            {star}
            <span className="form-space" />
            {tools}
          </div>
          {children}
        </>
      )}
      {about && (
        <p className={hideAbout ? "only-read" : "form-about"} id={`${id}-about`}>
          {about}
        </p>
      )}
      <Faults id={id} errors={errors} />
    </div>
  );
}

export function Faults({ id, errors }: { id: string; errors: string[] }): ReactNode {
  if (errors.length === 0) return null;
  return (
    <div className="form-faults" id={`${id}-faults`}>
      {errors.map((error) => (
        <p className="form-error" key={error}>
          <Icon name="error" size={14} />
          <span>{error}</span>
        </p>
      ))}
    </div>
  );
}
