import type { FieldProps } from "@rjsf/utils";
import type { ReactNode } from "react";
import { same } from "../../model/same";
import { useText } from "../../text";
import type { Control } from "../control";
import { useAround, usePlace } from "../place";
import { reference, referenceText } from "../reference";
import { choices, filled, isSecret, kind, label as labelOf, nullable, type Schema } from "../schema";
import { AnyValue } from "../widgets/AnyValue";
import { Choice, Choices, MaybeTrue } from "../widgets/Choice";
import { CodeInput } from "../widgets/CodeInput";
import { ConnectionPick } from "../widgets/ConnectionPick";
import { NumberInput } from "../widgets/NumberInput";
import { ReferenceInput } from "../widgets/ReferenceInput";
import { Secret } from "../widgets/Secret";
import { TextInput } from "../widgets/TextInput";
import { Tick } from "../widgets/Tick";
import { TypedValue } from "../widgets/TypedValue";
import { FieldFrame } from "./FieldFrame";
import { referenceFor, valueOf } from "./toReference";

/** A plain value: its label, help and faults around the control that fits it. */
export function Leaf(props: FieldProps): ReactNode {
  const t = useText();
  const around = useAround();
  const place = usePlace();
  const { formData: value, fieldPathId, onChange, readonly = false, required = false, errorSchema, name } = props;
  const whole = props.schema as Schema;
  const schema = filled(whole);
  const id = fieldPathId.$id;
  const last = fieldPathId.path.at(-1);
  const inList = typeof last === "number";
  const inMap = props.uiSchema?.["ui:keep"] === true;
  const kept = inList || inMap;
  const typeName = typedBy(around?.schema, name);
  const own = (errorSchema as { __errors?: string[] } | undefined)?.__errors ?? [];
  const ofType = typeName === null ? [] : (around?.errors[typeName]?.__errors ?? []);
  const errors = ofType.length === 0 ? own : [...own, ...ofType];
  const label = inMap ? t("form.map.value", { name }) : inList ? t("form.entry", { number: last + 1 }) : labelOf(name, schema);
  // Choices with words of their own need no sentence that lists them.
  const about = schema.description !== undefined && schema["x-titles"] === undefined && !kept;
  const put = (next: unknown): void => {
    const usual = !kept && !required && schema.default !== undefined && same(next, schema.default);
    onChange(usual ? undefined : next, fieldPathId.path, undefined, id);
  };
  const control: Control = {
    id,
    name,
    label,
    describedBy: [about && `${id}-about`, errors.length > 0 && `${id}-faults`].filter(Boolean).join(" ") || undefined,
    invalid: errors.length > 0,
    schema,
    value,
    nullable: nullable(whole),
    required,
    kept,
    readonly,
    set: put,
  };
  const secret = isSecret(whole);
  const refers = place.refers && !secret && reference(value) !== null;
  const drawn = refers ? <ReferenceInput {...control} /> : typeName !== null ? <TypedValue {...control} typeName={typeName} /> : controlFor(control, secret);
  const mayRefer = place.refers && !secret && !readonly && typeName === null && kind(whole) !== "choices" && schema["x-widget"] === undefined;
  return (
    <FieldFrame
      id={id}
      label={label}
      hideLabel={kept}
      inline={!refers && isTick(control)}
      required={required && !inList}
      hideAbout={fieldPathId.path.some((key) => typeof key === "number" && key > 0)}
      about={about ? schema.description : undefined}
      errors={errors}
      reset={!readonly && !kept && value !== undefined && schema.default !== undefined && !required ? () => put(undefined) : undefined}
      usual={schema.default}
      refer={mayRefer ? { on: refers, toggle: () => put(refers ? valueOf(value, whole) : referenceText(referenceFor(name, value ?? schema.default))) } : undefined}
    >
      {drawn}
    </FieldFrame>
  );
}

/** The option that says how to read this one, if there is one. */
function typedBy(around: Schema | undefined, name: string): string | null {
  const found = Object.entries(around?.properties ?? {}).find(([, schema]) => schema["x-type-of"] === name);
  return found?.[0] ?? null;
}

function isTick({ schema, value, nullable: empty }: Control): boolean {
  return kind(schema) === "boolean" && !empty && (value === undefined || typeof value === "boolean");
}

/** A value that its control could not show (a text where a number belongs is fine, an object is not) is shown as JSON. */
function controlFor(control: Control, secret: boolean): ReactNode {
  const { schema, value } = control;
  const isObject = typeof value === "object" && value !== null;
  if (secret) return <Secret {...control} />;
  if (schema["x-connection"] !== undefined) return <ConnectionPick {...control} />;
  if (["code", "expression"].includes(schema["x-widget"] ?? "") || schema["x-language"] !== undefined) return <CodeInput {...control} />;
  switch (kind(schema)) {
    case "number":
      return isObject || typeof value === "boolean" ? <AnyValue {...control} /> : <NumberInput {...control} />;
    case "text":
      return isObject || typeof value === "number" || typeof value === "boolean" ? <AnyValue {...control} /> : <TextInput {...control} />;
    case "boolean":
      if (control.nullable) return <MaybeTrue {...control} />;
      return isTick(control) ? <Tick {...control} /> : <AnyValue {...control} />;
    case "choice":
      return choices(schema).length > 0 ? <Choice {...control} /> : <TextInput {...control} />;
    case "choices":
      return value === undefined || Array.isArray(value) ? <Choices {...control} /> : <AnyValue {...control} />;
    default:
      return <AnyValue {...control} />;
  }
}
