import type { FieldProps } from "@rjsf/utils";
import LibraryField from "@rjsf/core/lib/components/fields/SchemaField.js";
import { memo, type ReactNode, useMemo } from "react";
import { type Around, AroundContext, ListContext } from "../place";
import { kind, type Options, type Schema } from "../schema";
import { Leaf } from "./Leaf";
import { MapField } from "./MapField";
import { Maybe } from "./Maybe";
import { Switch } from "./Switch";
import { through } from "./through";

/**
 * One place of a form. Plain values are our own controls; the library walks through objects and lists, with our
 * templates around them.
 */
export const FormField = memo(function FormField(props: FieldProps): ReactNode {
  const schema = props.schema as Schema;
  switch (kind(schema)) {
    case "object":
    case "list":
      return <Compound {...props} />;
    case "maybe":
      return <Maybe {...props} />;
    case "switch":
      return <Switch {...props} />;
    case "map":
      return <MapField {...props} />;
    default:
      return <Leaf {...props} />;
  }
});

/** An object or a list. While it is not set its default is shown, and the first change writes it as a whole. */
function Compound(props: FieldProps): ReactNode {
  const schema = props.schema as Schema;
  const set = through(props);
  const isList = kind(schema) === "list";
  const { errorSchema } = props;
  const value = sound(props.formData ?? schema.default, isList);
  const around = useMemo(
    () => ({
      schema,
      value: (isList ? {} : value) as Options,
      errors: (errorSchema ?? {}) as Around["errors"],
      set: (next: Options) => set(next, props.fieldPathId.path),
    }),
    [schema, value, errorSchema, set, isList, props.fieldPathId.path],
  );
  const put = useMemo(() => (list: unknown[]) => set(list, props.fieldPathId.path), [set, props.fieldPathId.path]);
  const field = <LibraryField {...props} formData={value} onChange={set} />;
  return isList ? <ListContext value={put}>{field}</ListContext> : <AroundContext value={around}>{field}</AroundContext>;
}

/** The library takes a list for a list and an object for an object; what the file has instead is marked as a fault. */
function sound(value: unknown, isList: boolean): unknown {
  if (isList) return Array.isArray(value) ? value : [];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
