/** From a value to a reference and back. */
import { reference, type Reference } from "../reference";
import { kind, type Schema, takesText } from "../schema";

/** A variable named after the option, with what stands there now as its default. */
export function referenceFor(option: string, value: unknown): Reference {
  const name = option.replace(/[^A-Za-z0-9_]+/g, "_").toUpperCase() || "VALUE";
  const plain = value !== undefined && value !== null && value !== "" && typeof value !== "object";
  const text = String(value);
  return plain && !/[{}]/.test(text) ? { kind: "variable", name, fallback: text } : { kind: "variable", name };
}

/** What to put in place of a reference: its default, read as the option wants it; undefined: nothing. */
export function valueOf(text: unknown, schema: Schema): unknown {
  const it = reference(text);
  const fallback = it?.kind === "variable" ? it.fallback : undefined;
  if (fallback === undefined) return undefined;
  if (takesText(schema) && kind(schema) !== "any") return fallback;
  try {
    return JSON.parse(fallback) as unknown;
  } catch {
    return kind(schema) === "any" ? fallback : undefined;
  }
}
