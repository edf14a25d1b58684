/** What a form asks of a JSON Schema: its kind, its words, and where its values may be empty. Nothing here draws. */

export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  "x-unit"?: string;
  "x-connection"?: string;
  /** `code`, `expression`, `text` (of several lines), `slider`. */
  "x-widget"?: string;
  /** `python`, `mustache`: what a `code` or `text` widget highlights. */
  "x-language"?: string;
  /** Rarely needed: shown under "More". */
  "x-advanced"?: boolean;
  /** Shown only while the options named have one of these values. */
  "x-when"?: Record<string, unknown[]>;
  /** Words for the values of an enum. */
  "x-titles"?: Record<string, string>;
  /** This option says how to read the one named: both are one control. */
  "x-type-of"?: string;
}

export type Options = Record<string, unknown>;

/** How a value is entered. */
export type Kind =
  | "number"
  | "text"
  | "boolean"
  | "choice"
  | "choices"
  | "any"
  | "object"
  | "list"
  | "map"
  | "switch"
  | "maybe";

/** The branches of a union, or none. */
export function branches(schema: Schema): Schema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

export function isNull(schema: Schema): boolean {
  return schema.type === "null" || schema.const === null;
}

/** Whether "nothing" (null) is a value of its own here. */
export function nullable(schema: Schema): boolean {
  return types(schema).includes("null") || branches(schema).some(nullable);
}

/** The schema without its null: `anyOf: [number, null]` is a number that may be empty. The words stay. */
export function filled(schema: Schema): Schema {
  const others = branches(schema).filter((branch) => !isNull(branch));
  if (others.length === 0 || others.length === branches(schema).length) return schema;
  const { anyOf: _a, oneOf: _o, ...words } = schema;
  return others.length === 1 ? { ...others[0], ...words } : { ...words, anyOf: others };
}

export function types(schema: Schema): string[] {
  return schema.type === undefined ? [] : Array.isArray(schema.type) ? schema.type : [schema.type];
}

export function kind(schema: Schema): Kind {
  const inner = filled(schema);
  const one = types(inner).filter((type) => type !== "null");
  if (nullable(schema) && (one[0] === "object" || one[0] === "array")) return "maybe";
  if (inner.enum !== undefined || inner.const !== undefined) return "choice";
  if (branches(inner).length > 0) return branches(inner).every(isScalar) ? mixed(inner) : "switch";
  if (one.length > 1) return "any";
  switch (one[0]) {
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    case "boolean":
      return "boolean";
    case "array":
      return inner.items?.enum !== undefined ? "choices" : "list";
    case "object":
      if (inner.properties !== undefined) return "object";
      return typeof inner.additionalProperties === "object" ? "map" : "any";
    default:
      return "any";
  }
}

function isScalar(schema: Schema): boolean {
  return ["number", "text", "boolean", "choice"].includes(kind(schema));
}

/** A union of plain values: one of choices only is a choice, else any value. */
function mixed(schema: Schema): Kind {
  const all = branches(schema);
  return all.every((branch) => branch.const !== undefined) ? "choice" : all.length === 1 ? kind(all[0]!) : "any";
}

/** The values of a choice, with the words for them. */
export function choices(schema: Schema): { value: unknown; title: string; description: string }[] {
  const inner = filled(schema);
  const constants = branches(inner).filter((branch) => branch.const !== undefined);
  if (constants.length > 0)
    return constants.map(({ const: value, title, description }) => ({
      value,
      title: title ?? shown(value),
      description: description ?? "",
    }));
  const values = inner.enum ?? (inner.const === undefined ? [] : [inner.const]);
  const titles = inner["x-titles"] ?? {};
  return values.map((value) => ({ value, title: titles[String(value)] ?? shown(value), description: "" }));
}

/** Whether a string is among the values: else a lone reference may stand for a number, a boolean or null. */
export function takesText(schema: Schema): boolean {
  if (schema.enum !== undefined) return schema.enum.some((value) => typeof value === "string");
  if (schema.const !== undefined) return typeof schema.const === "string";
  const all = branches(schema);
  if (all.length > 0) return all.some(takesText);
  return schema.type === undefined || types(schema).includes("string");
}

export function isSecret(schema: Schema): boolean {
  return schema.writeOnly === true || schema.format === "password" || branches(schema).some(isSecret);
}

/** `output_high` -> "Output high"; a title of the schema stands before it. */
export function label(name: string, schema: Schema): string {
  if (schema.title !== undefined) return schema.title.charAt(0).toUpperCase() + schema.title.slice(1);
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Write a value for a person, on one line. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    const plain = value.trim() !== "" && !/[\n\r\t]/.test(value);
    return plain ? value : JSON.stringify(value);
  }
  return JSON.stringify(value) ?? "";
}

/** What a new entry of a list or map begins with: its required members that have one meaning, nothing else. */
export function fresh(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  const inner = filled(schema);
  switch (kind(inner)) {
    case "object":
      return {};
    case "list":
    case "choices":
      return [];
    case "choice":
      return choices(inner)[0]?.value ?? "";
    case "boolean":
      return false;
    case "number":
      return inner.minimum ?? 0;
    case "map":
      return {};
    default:
      return nullable(schema) ? null : "";
  }
}

/** Find the schema at a path of keys, as far as it can be said. */
export function schemaAt(schema: Schema, path: readonly (string | number)[]): Schema | undefined {
  let here: Schema | undefined = schema;
  for (const key of path) {
    const now: Schema[] = here === undefined ? [] : [here, ...branches(here)];
    here = undefined;
    for (const branch of now) {
      const more: Schema | undefined = typeof branch.additionalProperties === "object" ? branch.additionalProperties : undefined;
      here ??= typeof key === "number" ? branch.items : (branch.properties?.[key] ?? more);
    }
  }
  return here;
}

/** The palette's schemas come as plain JSON. */
export function schemaOf(json: Record<string, unknown> | undefined): Schema | undefined {
  return json as Schema | undefined;
}
