/**
 * JSON against JSON Schema 2020-12, judged by cfworker (it needs no `eval`, so the page's security policy allows it).
 *
 * The server judges by another validator; one corpus of valid and invalid options holds the two together
 * (tests/web/corpus). What a reference stands for is known to the engine alone, so it is not judged here.
 */
import { type OutputUnit, type Schema as AnySchema, Validator } from "@cfworker/json-schema";
import { goodName, reference, refers } from "./reference";
import { isSecret, type Options, type Schema, schemaAt } from "./schema";

export type Path = (string | number)[];

/** One way in which a value breaks its schema. */
export interface Fault {
  path: Path;
  /** The word of the schema that is broken; `unknown`, `secret` and `reference` are our own. */
  word: string;
  /** What that word asks for. */
  wanted: unknown;
  /** The schema that it stands in. */
  schema: Schema;
}

interface Found extends Fault {
  at: string[];
}

const validators = new WeakMap<object, Validator>();
/** Words that only say that something inside them is wrong. */
const AROUND = new Set(["properties", "items", "prefixItems", "allOf", "$ref", "patternProperties", "if", "false"]);

/** Every way in which a value breaks a schema; none at all when the schema itself cannot be read (the server judges). */
export function faults(schema: Schema, value: unknown): Fault[] {
  let units: OutputUnit[];
  try {
    units = validatorOf(schema).validate(plain(value)).errors;
  } catch {
    return [];
  }
  const found = units.flatMap((unit) => read(unit, schema, value));
  const clear = withoutUnions(found.filter(({ path }) => !isOpen(value, path)));
  const own = [...secretsInClear(schema, value), ...badReferences(value, [])];
  const seen = new Set<string>();
  return [...clear.map(({ path, word, wanted, schema: broken }) => ({ path, word, wanted, schema: broken })), ...own].filter((fault) => {
    const key = JSON.stringify([fault.path, fault.word]);
    return !seen.has(key) && seen.add(key);
  });
}

export function fits(schema: Schema, value: unknown): boolean {
  return faults(schema, value).length === 0;
}

function validatorOf(schema: Schema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = new Validator(schema as AnySchema, "2020-12", false);
  validators.set(schema, made);
  return made;
}

/** A form leaves `undefined` where a value was cleared; in the file nothing stands there. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : plain(item)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, plain(inner)]])),
  );
}

function read(unit: OutputUnit, root: Schema, value: unknown): Found[] {
  if (AROUND.has(unit.keyword) || unit.keyword === "format") return []; // the server lets every format through
  const at = pointer(unit.keywordLocation);
  const path = keysIn(value, pointer(unit.instanceLocation));
  const schema = inside(root, at.slice(0, -1));
  const wanted = (schema as Record<string, unknown>)[unit.keyword];
  const here = (valueAt(value, path) ?? {}) as Options;
  switch (unit.keyword) {
    case "required": {
      const missing = (wanted as string[]).filter((name) => here[name] === undefined);
      return missing.map((name) => ({ path: [...path, name], word: "required", wanted: true, schema: schemaAt(schema, [name]) ?? {}, at }));
    }
    case "additionalProperties": {
      if (wanted !== false) return [];
      const unknown = Object.keys(here).filter((name) => here[name] !== undefined && !Object.hasOwn(schema.properties ?? {}, name));
      return unknown.map((name) => ({ path: [...path, name], word: "unknown", wanted, schema: {}, at }));
    }
    default:
      return [{ path, word: unit.keyword, wanted, schema, at }];
  }
}

/** Keep, of each union that does not fit, the faults of the branch that was meant; if none was, what all of them want. */
function withoutUnions(found: Found[]): Found[] {
  const unions = found.filter(({ word }) => word === "anyOf" || word === "oneOf");
  let kept = found.filter(({ word }) => word !== "anyOf" && word !== "oneOf");
  for (const union of unions.toReversed()) {
    const prefix = union.at.join("/");
    const count = (union.wanted as unknown[]).length;
    const inner = Array.from({ length: count }, (_, n) => kept.filter((fault) => begins(fault.at, `${prefix}/${n}`)));
    const samePlace = (fault: Found) => fault.path.length === union.path.length;
    kept = kept.filter((fault) => !begins(fault.at, prefix));
    if (inner.some((faults) => faults.length === 0)) {
      if (union.word === "oneOf" && inner.every((faults) => faults.length === 0)) kept.push(union); // fits more than one
      continue; // what did not fit was a reference
    }
    const meant = inner.filter((faults) => !faults.some((fault) => samePlace(fault) && fault.word === "type"));
    const best = meant.toSorted((a, b) => a.length - b.length)[0];
    if (best !== undefined) kept.push(...best);
    else {
      const wanted = inner.flatMap((faults) => faults.filter((f) => f.word === "type").flatMap((f) => f.wanted as string));
      kept.push({ ...union, word: "type", wanted: [...new Set(wanted)] });
    }
  }
  return kept;
}

function begins(at: string[], prefix: string): boolean {
  const text = at.join("/");
  return text === prefix || text.startsWith(`${prefix}/`);
}

function isOpen(value: unknown, path: Path): boolean {
  return path.some((_, length) => refers(valueAt(value, path.slice(0, length + 1))));
}

function secretsInClear(schema: Schema, value: unknown): Fault[] {
  return texts(value, []).flatMap(([path, text]) => {
    const here = schemaAt(schema, path);
    if (text === "" || here === undefined || !isSecret(here)) return [];
    const named = reference(text);
    if (named !== null && named.kind !== "variable") return [];
    return [{ path, word: "secret", wanted: true, schema: here }];
  });
}

function badReferences(value: unknown, at: Path): Fault[] {
  return texts(value, at).flatMap(([path, text]) => {
    const named = reference(text);
    return named === null || goodName(named) ? [] : [{ path, word: "reference", wanted: true, schema: {} }];
  });
}

function texts(value: unknown, at: Path): [Path, string][] {
  if (typeof value === "string") return [[at, value]];
  if (Array.isArray(value)) return value.flatMap((item, i) => texts(item, [...at, i]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, [...at, key]));
}

export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const key of path) here = typeof here === "object" && here !== null ? (here as Record<string, unknown>)[key] : undefined;
  return here;
}

/** Read a JSON pointer of cfworker (`#/a~1b/0`). */
function pointer(text: string): string[] {
  return text
    .split("/")
    .slice(1)
    .map((key) => unescaped(key).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Keys of lists become numbers. */
function keysIn(value: unknown, keys: string[]): Path {
  let here = value;
  return keys.map((key) => {
    const own = Array.isArray(here) ? Number(key) : key;
    here = valueAt(here, [own]);
    return own;
  });
}

/** Follow a place in a schema (`properties/port/anyOf/0`); references to definitions are followed as well. */
function inside(root: Schema, at: string[]): Schema {
  let here: unknown = root;
  for (const key of at) {
    const record = here as Record<string, unknown> | undefined;
    here = key === "$ref" ? inside(root, pointer(String(record?.["$ref"] ?? "#"))) : record?.[key];
  }
  return (here ?? {}) as Schema;
}
