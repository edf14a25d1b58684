/** Readable names for what is new: from the last word of its type, with a number if that is taken (`range`, `range-2`). */

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
export const LONGEST_NAME = 100;

/** Whether a text can name a node, a group, a flow. */
export function isName(text: string): boolean {
  return text.length <= LONGEST_NAME && NAME.test(text);
}

/** The name that a node of this type gets first: `values/range` -> `range`. */
export function nameFor(type: string): string {
  const last = type.slice(type.lastIndexOf("/") + 1);
  return asName(last) || "node";
}

/** Make a name out of words: `Oven 2 (left)` -> `oven-2-left`; empty if nothing of it can be used. */
export function asName(words: string): string {
  return words
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, LONGEST_NAME - 6);
}

/** A name near `wanted` that is not taken. */
export function freshName(wanted: string, taken: (name: string) => boolean): string {
  if (!taken(wanted)) return wanted;
  const root = wanted.replace(/-\d+$/, "") || wanted;
  for (let n = 2; ; n++) {
    const name = `${root}-${n}`;
    if (!taken(name)) return name;
  }
}
