/** Records as values: each function returns a new record that keeps the order of its keys, or the same one. */

/** Without some keys. */
export function without<T>(record: Record<string, T>, keys: Iterable<string>): Record<string, T> {
  const gone = new Set(keys);
  const left = Object.entries(record).filter(([key]) => !gone.has(key));
  return left.length === Object.keys(record).length ? record : Object.fromEntries(left);
}

/** With a key under another name, at its old place. */
export function renamed<T>(record: Record<string, T>, old: string, name: string): Record<string, T> {
  if (old === name || !Object.hasOwn(record, old)) return record;
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key === old ? name : key, value]));
}

/** With every value changed; the same record if none was. */
export function mapped<T>(record: Record<string, T>, change: (value: T, key: string) => T): Record<string, T> {
  let changed = false;
  const entries = Object.entries(record).map(([key, value]) => {
    const next = change(value, key);
    changed ||= next !== value;
    return [key, next] as const;
  });
  return changed ? Object.fromEntries(entries) : record;
}

/** A list with every item changed, null items left out; the same list if nothing changed. */
export function mappedList<T>(list: readonly T[], change: (item: T, n: number) => T | null): T[] {
  const next: T[] = [];
  let changed = false;
  list.forEach((item, n) => {
    const found = change(item, n);
    changed ||= found !== item;
    if (found !== null) next.push(found);
  });
  return changed ? next : (list as T[]);
}
