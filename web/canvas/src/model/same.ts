/** Compare two JSON values; values that are one object are the same without a look inside. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  );
}

/** A comparison that remembers its last answer for an object: documents are immutable and are compared again and again. */
export function remembered<A extends object, B extends object | null, T>(compare: (a: A, b: B) => T): (a: A, b: B) => T {
  const known = new WeakMap<A, { other: B; answer: T }>();
  return (a, b) => {
    const last = known.get(a);
    if (last !== undefined && last.other === b) return last.answer;
    const answer = compare(a, b);
    known.set(a, { other: b, answer });
    return answer;
  };
}
