/** Which options of a form are shown at once. One rule for all types: nothing here knows a node. */
import { same } from "../model/same";
import type { Options, Schema } from "./schema";

/** So many options need no "More". */
const FEW = 8;
/** So many are shown first in a longer form. */
const FIRST = 6;

export interface Arranged {
  /** In the order of the schema. */
  shown: string[];
  more: string[];
  /** Those that stay shown while the form is open. */
  first: string[];
}

/**
 * Required options, the first few, those that are set and those that are wrong are shown; the rest waits under "More".
 * An option with `x-when` is there only while the others have the values it names, or it is set itself.
 *
 * @param stay Those that stay shown; @param behind those that stay under "More" as long as it is open, whatever they are.
 */
export function arrange(schema: Schema, value: Options, wrong: string[], stay: string[] = [], behind: string[] = []): Arranged {
  const properties = schema.properties ?? {};
  const isSet = (name: string): boolean => value[name] !== undefined && !same(value[name], properties[name]?.default);
  const needed = (name: string): boolean => schema.required?.includes(name) === true || isSet(name) || wrong.includes(name);
  const names = Object.keys(properties).filter((name) => {
    const { "x-type-of": partner, "x-when": when } = properties[name]!;
    if (partner !== undefined && properties[partner] !== undefined) return false;
    if (settled(properties[name]!, value[name]) && !wrong.includes(name)) return false;
    return when === undefined || isSet(name) || wrong.includes(name) || applies(when, properties, value);
  });
  const advanced = (name: string): boolean => properties[name]!["x-advanced"] === true;
  const long = names.length > FEW;
  const marked = names.some(advanced);
  const usual = names.filter((name) => !advanced(name));
  // Where the author has said what is rarely needed, that counts; else the order does.
  const early = new Set(marked ? usual : long ? usual.slice(0, FIRST) : usual);
  const shown = names.filter((name) => !behind.includes(name) && (early.has(name) || needed(name) || stay.includes(name)));
  return { shown, more: names.filter((name) => !shown.includes(name)), first: shown };
}

/** With one value only there is nothing to choose: such members tell the forms of a union apart. */
function settled({ const: constant, enum: values }: Schema, value: unknown): boolean {
  const only = constant ?? (values?.length === 1 ? values[0] : undefined);
  return only !== undefined && same(only, value);
}

function applies(when: Record<string, unknown[]>, properties: Record<string, Schema>, value: Options): boolean {
  return Object.entries(when).every(([name, values]) => {
    const counts = value[name] ?? properties[name]?.default ?? null;
    return values.some((one) => same(one, counts)) || (typeof counts === "string" && counts.includes("${"));
  });
}
