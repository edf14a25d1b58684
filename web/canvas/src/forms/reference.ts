/** References in options: `${NAME:-default}`, `${secret:name}`, `${parameter:name}`; `$${` writes `${` itself. */

export type Reference =
  | { kind: "variable"; name: string; fallback?: string }
  | { kind: "secret"; name: string }
  | { kind: "parameter"; name: string };

const WHOLE = /^\$\{([^{}]*)\}$/;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const NAMED = /^(secret|parameter):([A-Za-z0-9_][A-Za-z0-9_./-]*)$/;

/** The reference that a value is as a whole, or null. */
export function reference(value: unknown): Reference | null {
  const inside = typeof value === "string" ? WHOLE.exec(value)?.[1] : undefined;
  if (inside === undefined) return null;
  const named = NAMED.exec(inside);
  if (named !== null) return { kind: named[1] as "secret" | "parameter", name: named[2]! };
  const variable = VARIABLE.exec(inside);
  if (variable === null) return halfWritten(inside);
  return { kind: "variable", name: variable[1]!, fallback: variable[2] };
}

/** While someone types a name, it may be none yet: what is typed must stay on show. */
function halfWritten(inside: string): Reference {
  const kind = /^(secret|parameter):/.exec(inside);
  if (kind !== null) return { kind: kind[1] as "secret" | "parameter", name: inside.slice(kind[0].length) };
  const [name = "", ...rest] = inside.split(":-");
  return rest.length > 0 ? { kind: "variable", name, fallback: rest.join(":-") } : { kind: "variable", name };
}

export function referenceText(it: Reference): string {
  if (it.kind !== "variable") return `\${${it.kind}:${it.name}}`;
  return it.fallback === undefined ? `\${${it.name}}` : `\${${it.name}:-${it.fallback}}`;
}

/** Whether a name can be found by the engine. */
export function goodName(it: Reference): boolean {
  return it.kind === "variable" ? /^[A-Za-z_][A-Za-z0-9_]*$/.test(it.name) : /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(it.name);
}

/** Whether a text has any reference in it: only the engine then knows its value. */
export function refers(value: unknown): boolean {
  return typeof value === "string" && value.replaceAll("$${", "").includes("${");
}
