/** Two texts line by line: what stayed, went and came. */

export interface Line {
  kind: "same" | "old" | "new" | "gap";
  text: string;
}

/** Beyond this the texts are shown one after the other: the table would be too large. */
const MOST = 1500;
/** Lines around a change that stay for orientation. */
const AROUND = 3;

export function diffLines(old: string, fresh: string): Line[] {
  const [a, b] = [old.split("\n"), fresh.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (text: string): Line => ({ kind: "same", text });
  return folded([...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)]);
}

/** The longest common lines stay (dynamic programming). */
function between(a: readonly string[], b: readonly string[]): Line[] {
  const old = (text: string): Line => ({ kind: "old", text });
  const fresh = (text: string): Line => ({ kind: "new", text });
  if (a.length > MOST || b.length > MOST) return [...a.map(old), ...b.map(fresh)];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j] ? (longest[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const found: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push({ kind: "same", text: a[i] ?? "" });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))) found.push(old(a[i++] ?? ""));
    else found.push(fresh(b[j++] ?? ""));
  }
  return found;
}

/** Long runs that stayed are left out but for a few lines around each change. */
function folded(lines: readonly Line[]): Line[] {
  const near = new Set<number>();
  lines.forEach(({ kind }, at) => {
    if (kind === "same") return;
    for (let n = at - AROUND; n <= at + AROUND; n++) near.add(n);
  });
  const found: Line[] = [];
  lines.forEach((line, at) => {
    if (near.has(at)) found.push(line);
    else if (found.at(-1)?.kind !== "gap") found.push({ kind: "gap", text: "" });
  });
  return found;
}
