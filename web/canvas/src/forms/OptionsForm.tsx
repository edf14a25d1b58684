/** The form of a schema: loaded when the first one is opened. */
// The root of the library draws in its test registry, and with it a validator that needs `eval`.
import Form from "@rjsf/core/lib/components/Form.js";
import type { TemplatesType } from "@rjsf/utils";
import { type ReactNode, useId, useMemo } from "react";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import { FormField } from "./fields/FormField";
import { faults } from "./judge";
import { type FormPlace, Place } from "./place";
import { type Told, toldAt } from "./told";
import type { Options, Schema } from "./schema";
import { FieldTemplate } from "./templates/FieldTemplate";
import { ItemTemplate, ListTemplate } from "./templates/ListTemplate";
import { ObjectTemplate } from "./templates/ObjectTemplate";
import { useDraft } from "./useDraft";
import { errorTree, validator } from "./validator";
import { faultText } from "./words";
import "./widgets/controls.css";
import "./templates/compound.css";

interface Props {
  schema: Schema;
  options: Options;
  place: FormPlace;
  /** What the server says of these options, by its path from their root. */
  told: Told[];
  readonly: boolean;
  onChange(options: Options, mark: string): void;
}

// Constants: made anew at each drawing they would build the whole form again.
const FIELDS = { SchemaField: FormField as never };
const TEMPLATES: Partial<TemplatesType> = {
  FieldTemplate,
  ObjectFieldTemplate: ObjectTemplate,
  ArrayFieldTemplate: ListTemplate,
  ArrayFieldItemTemplate: ItemTemplate,
};
/** Defaults stay in the schema: a form must not write what nobody has entered. */
const NO_DEFAULTS = { emptyObjectFields: "skipDefaults", arrayMinItems: { populate: "never" }, constAsDefaults: "never" } as const;
const NO_BUTTON = { "ui:submitButtonOptions": { norender: true } };

export default function OptionsForm({ schema, options, place, told, readonly, onChange }: Props): ReactNode {
  const t = useText();
  const prefix = useId().replace(/[^A-Za-z0-9]/g, "");
  // Without what was cleared on both sides, so that the draft knows its own value when it comes back.
  const kept = useMemo(() => cleared(options), [options]);
  const draft = useDraft(kept, onChange);
  const language = t("form.language");
  const { errors, loose } = useMemo(() => {
    const own = faults(schema, draft.value);
    const { placed, loose } = toldAt(told, schema, draft.value, own);
    const texts = [...own.map((fault) => [fault.path, faultText(fault)] as const), ...placed.map(({ path, text }) => [path, text] as const)];
    return { errors: errorTree(texts), loose };
    // The words are other ones in another language.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [told, schema, draft.value, language]);
  return (
    <Place value={place}>
      {loose.length > 0 && (
        <div className="form-loose" role="note">
          {loose.map(({ text, level }) => (
            <p key={text} className={level === "error" ? "form-error" : "form-warning"}>
              <Icon name={level} size={14} />
              <span>{text}</span>
            </p>
          ))}
        </div>
      )}
      <div onBlur={draft.leave}>
        <Form
        key={language}
        className="form"
        tagName="div"
        idPrefix={`f${prefix}`}
        schema={schema as object}
        uiSchema={NO_BUTTON}
        formData={draft.value}
        validator={validator}
        fields={FIELDS}
        templates={TEMPLATES}
        experimental_defaultFormStateBehavior={NO_DEFAULTS}
        extraErrors={errors}
        noHtml5Validate
        showErrorList={false}
        readonly={readonly}
        onChange={({ formData }) => draft.change(cleared((formData ?? {}) as Options))}
      >
        <span hidden />
      </Form>
      </div>
    </Place>
  );
}

/** What was cleared leaves the file. */
export function cleared(options: Options): Options {
  return without(options) as Options;
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : without(item)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, without(inner)]])));
}
