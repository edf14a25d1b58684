import { type FieldProps, toFieldPathId } from "@rjsf/utils";
import { type ReactNode, useState } from "react";
import { useText } from "../../text";
import { Button, IconButton } from "../../ui/Button";
import { fresh, kind, label as labelOf, type Options, type Schema } from "../schema";
import { Faults } from "./FieldFrame";
import { through } from "./through";

/** Names and values: an object whose names the author chooses. */
export function MapField(props: FieldProps): ReactNode {
  const t = useText();
  const { formData, fieldPathId, onChange, readonly, name, registry, errorSchema } = props;
  const schema = props.schema as Schema;
  const inner = schema.additionalProperties as Schema;
  const value = (formData ?? schema.default ?? {}) as Options;
  const names = Object.keys(value);
  const id = fieldPathId.$id;
  const label = labelOf(name, schema);
  const { SchemaField } = registry.fields;
  const errors = errorSchema as (Record<string, unknown> & { __errors?: string[] }) | undefined;
  const put = (next: Options): void => onChange(Object.keys(next).length === 0 && !schema.minItems ? undefined : next, fieldPathId.path, undefined, id);
  const set = through(props);
  const add = (): void => {
    let number = names.length + 1;
    while (`name${number}` in value) number++;
    put({ ...value, [`name${number}`]: fresh(inner) });
  };
  return (
    <fieldset className="form-list" id={id} aria-describedby={schema.description ? `${id}-about` : undefined}>
      <legend className="form-label">{label}</legend>
      {schema.description && (
        <p className="form-about" id={`${id}-about`}>
          {schema.description}
        </p>
      )}
      {names.map((key, i) => (
        <div className={["object", "list", "map", "maybe", "switch"].includes(kind(inner)) ? "form-card" : "form-pair"} key={i}>
          <div className="form-card-head">
            <NameInput
              name={key}
              label={t("form.map.name", { label, number: i + 1 })}
              taken={names}
              readonly={readonly ?? false}
              rename={(next) => put(Object.fromEntries(names.map((old) => [old === key ? next : old, value[old]])))}
            />
            {!readonly && (
              <IconButton
                icon="bin"
                label={t("form.remove", { name: key })}
                onClick={() => put(Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)))}
              />
            )}
          </div>
          {SchemaField && (
            <SchemaField
              {...props}
              name={key}
              schema={{ ...inner, title: t("form.map.value", { name: key }) } as never}
              uiSchema={{ "ui:keep": true }}
              required={false}
              formData={value[key]}
              fieldPathId={toFieldPathId(key, registry.globalFormOptions, fieldPathId.path)}
              errorSchema={errors?.[key] as never}
              onChange={set}
            />
          )}
        </div>
      ))}
      <Faults id={id} errors={errors?.__errors ?? []} />
      {!readonly && (
        <Button look="quiet" icon="plus" onClick={add}>
          {t("form.add", { label })}
        </Button>
      )}
    </fieldset>
  );
}

interface NameProps {
  name: string;
  label: string;
  taken: string[];
  readonly: boolean;
  rename(next: string): void;
}

/** A name counts when it is left: while it is typed it may be that of another. */
function NameInput({ name, label, taken, readonly, rename }: NameProps): ReactNode {
  const t = useText();
  const [typed, setTyped] = useState<string | null>(null);
  const bad = typed !== null && typed !== name && (typed === "" || taken.includes(typed));
  const leave = (): void => {
    if (typed !== null && !bad && typed !== name) rename(typed);
    setTyped(null);
  };
  return (
    <span className="form-name">
      <input
        type="text"
        aria-label={label}
        aria-invalid={bad || undefined}
        spellCheck={false}
        autoComplete="off"
        readOnly={readonly}
        value={typed ?? name}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={leave}
        onKeyDown={(event) => event.key === "Enter" && leave()}
      />
      {bad && <span className="form-error">{t(typed === "" ? "form.fault.required" : "form.map.taken")}</span>}
    </span>
  );
}
