import type { FieldProps } from "@rjsf/utils";
import type { Path } from "../judge";
import type { Schema } from "../schema";

/** Pass changes on; one inside of what is not set yet (or is something else) writes the whole value with its defaults. */
export function through({ formData, schema, fieldPathId, onChange }: FieldProps): FieldProps["onChange"] {
  const fallback = (schema as Schema).default;
  const usable = typeof formData === "object" && formData !== null;
  return (value, path, errors, id) => {
    if (usable || path.length <= fieldPathId.path.length) return onChange(value, path, errors, id);
    const base = typeof fallback === "object" && fallback !== null ? fallback : {};
    onChange(withAt(base, path.slice(fieldPathId.path.length), value), fieldPathId.path, errors, id);
  };
}

/** Return a value with another one at a path. */
export function withAt(base: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = withAt((base as Record<string, unknown> | null | undefined)?.[key], rest, value);
  if (typeof key === "number") {
    const list = Array.isArray(base) ? base : [];
    return list.map((item: unknown, i) => (i === key ? inner : item)).concat(key >= list.length ? [inner] : []);
  }
  return { ...(base as object | undefined), [key]: inner };
}
