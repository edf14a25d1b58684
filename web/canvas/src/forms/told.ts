/** What the server says of options, brought to the fields. */
import type { Problem } from "../api/types";
import type { Fault, Path } from "./judge";
import type { Options, Schema } from "./schema";

export interface Told {
  /** From the root of the options. */
  path: Path;
  text: string;
  level: "error" | "warning";
  /** The server's word for it. */
  code: string;
}

/** Verdicts of the schema: the form has its own words for them, in the user's language. */
const OF_SCHEMA = /^(bad-value|missing-|unknown-(option|key)|bad-name|secret-in-clear)/;
const STEP = /\.([A-Za-z0-9_$-]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/g;

/** Read a JSON path of the server (`$.nodes.x.options.rules[0]`). */
export function keysOf(path: string): Path {
  return [...path.matchAll(STEP)].map(([, plain, index, quoted]) =>
    plain ?? (index === undefined ? (quoted ?? "").replace(/\\(.)/g, "$1") : Number(index)),
  );
}

/** The problems below a place in the file (`["nodes", "scale", "options"]`). */
export function toldBelow(problems: readonly Problem[], place: Path): Told[] {
  return problems.flatMap(({ path, message, hint, severity, code }) => {
    const keys = keysOf(path);
    if (keys.length < place.length || !place.every((key, i) => key === keys[i])) return [];
    const rest = keys.slice(place.length);
    const missing = code.startsWith("missing-") ? /'([^']+)' is missing/.exec(message)?.[1] : undefined;
    return [{ path: missing === undefined ? rest : [...rest, missing], text: sentence(message, hint), level: severity, code }];
  });
}

function sentence(message: string, hint: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return hint ? `${text} – ${hint}` : text;
}

/** Those that belong to a field on show, and those that belong to none. What the form says itself is left out. */
export function toldAt(told: readonly Told[], schema: Schema, options: Options, own: readonly Fault[]): { placed: Told[]; loose: Told[] } {
  const said = new Set(own.map(({ path }) => JSON.stringify(path)));
  const fresh = told.filter(({ path, code }) => !(OF_SCHEMA.test(code) && said.has(JSON.stringify(path))));
  const has = ({ path }: Told): boolean => {
    const [name] = path;
    return typeof name === "string" && (Object.hasOwn(schema.properties ?? {}, name) || Object.hasOwn(options, name));
  };
  return { placed: fresh.filter(has), loose: fresh.filter((one) => !has(one)) };
}
