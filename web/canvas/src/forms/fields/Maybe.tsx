import type { FieldProps } from "@rjsf/utils";
import { type ReactNode, useRef } from "react";
import { useText } from "../../text";
import { branches, filled, fresh, isNull, kind, label as labelOf, type Schema } from "../schema";
import { Faults } from "./FieldFrame";

/** An object or a list that may be left out as a whole (null). What was in it comes back when it is ticked again. */
export function Maybe(props: FieldProps): ReactNode {
  const t = useText();
  const { formData, fieldPathId, onChange, readonly, name, registry, errorSchema } = props;
  const whole = props.schema as Schema;
  const inner = filled(whole);
  const counts = formData === undefined ? whole.default : formData;
  const there = counts !== undefined && counts !== null;
  const before = useRef<unknown>(undefined);
  const id = fieldPathId.$id;
  const label = labelOf(name, { ...inner, title: whole.title === undefined ? undefined : inner.title });
  const { SchemaField } = registry.fields;
  const errors = (errorSchema as { __errors?: string[] } | undefined)?.__errors ?? [];
  const toggle = (on: boolean): void => {
    if (!on) before.current = counts;
    const bare = whole.default === null || whole.default === undefined ? undefined : null;
    onChange(on ? (before.current ?? start(whole)) : bare, fieldPathId.path, undefined, id);
  };
  return (
    <div className="form-maybe">
      <label className="form-tick" title={there ? undefined : t("form.maybe", { label })}>
        <input
          type="checkbox"
          id={`${id}-there`}
          checked={there}
          disabled={readonly}
          aria-describedby={whole.description ? `${id}-about` : undefined}
          onChange={(event) => toggle(event.target.checked)}
        />
        {label}
      </label>
      {whole.description && (
        <p className="form-about" id={`${id}-about`}>
          {whole.description}
        </p>
      )}
      {there && SchemaField ? (
        <div className="form-inside">
          <SchemaField {...props} schema={{ ...inner, title: kind(inner) === "list" ? label : undefined, description: undefined, default: undefined } as never} uiSchema={{ "ui:label": false }} />
        </div>
      ) : (
        <Faults id={id} errors={errors} />
      )}
    </div>
  );
}

function start(whole: Schema): unknown {
  const inner = branches(whole).find((branch) => !isNull(branch));
  return inner?.default ?? fresh({ ...filled(whole), default: undefined });
}
