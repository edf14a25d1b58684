/** A value in one line. */
const LONGEST = 200;

/** Text as it is, everything else as JSON; cut where nobody reads on. */
export function preview(value: unknown, longest = LONGEST): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
  const line = text.slice(0, longest + 1).replace(/\s+/g, " ");
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** A step from a value to what is in it, as property paths are written: `.name`, `["odd name"]`, `[0]`. */
export function step(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : (key.includes('"') ? `['${key}']` : `["${key}"]`);
}
