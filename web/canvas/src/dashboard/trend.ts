/** What a chart shows, and how it grows. */
export interface Line {
  name: string;
  /** Seconds since 1970. */
  t: number[];
  /** null: a gap. */
  v: (number | null)[];
  /** Smallest and largest where a point stands for many; missing: each is itself. */
  low?: (number | null)[];
  high?: (number | null)[];
}

export interface ChartShown {
  unit: string;
  series: Line[];
  /** These points take the place of those from the first of their times on. */
  more?: boolean;
}

/** A line never has more points than this in the page, whatever comes. */
const MOST = 8000;

export function grow(before: ChartShown, news: ChartShown): ChartShown {
  const fresh = new Map(news.series.map((line) => [line.name, line]));
  const known = new Set(before.series.map(({ name }) => name));
  const series = before.series.map((line) => {
    const more = fresh.get(line.name);
    return more === undefined ? line : joined(line, more);
  });
  return { unit: news.unit || before.unit, series: [...series, ...news.series.filter(({ name }) => !known.has(name))] };
}

function joined(line: Line, more: Line): Line {
  const from = more.t[0] ?? Infinity;
  let end = line.t.length;
  while (end > 0 && (line.t[end - 1] ?? 0) >= from) end--;
  return {
    name: line.name,
    t: [...line.t.slice(0, end), ...more.t].slice(-MOST),
    v: [...line.v.slice(0, end), ...more.v].slice(-MOST),
  };
}

/** The newest time of all lines; 0: there is none. */
export function newest({ series }: ChartShown): number {
  return Math.max(0, ...series.map(({ t }) => t.at(-1) ?? 0));
}

/** Leave out what is older than the span. */
export function within(shown: ChartShown, span: number): ChartShown {
  const from = newest(shown) - span;
  return {
    ...shown,
    series: shown.series.map((line) => {
      const first = line.t.findIndex((time) => time >= from);
      if (first <= 0) return line;
      const { low, high } = line;
      const cut = { ...line, t: line.t.slice(first), v: line.v.slice(first) };
      return low && high ? { ...cut, low: low.slice(first), high: high.slice(first) } : cut;
    }),
  };
}

/** A line is broken where nothing came for so many times as long as nine in ten of its points are apart at most, */
const SILENT = 5;
/** and for at least this share of the time that is shown: a moment's delay is no silence. */
const SEEN = 1 / 100;
/** Distances that are looked at to know how far points are apart. */
const LOOKED_AT = 500;

/** Put a gap into each long silence, so that no straight line says what nobody has measured. */
export function broken(line: Line, span: number): Line {
  const { t, v, low, high } = line;
  const longest = Math.max(SILENT * usual(t), SEEN * span);
  const gaps = t.flatMap((time, i) => (i > 0 && time - (t[i - 1] ?? time) > longest ? [i] : []));
  if (gaps.length === 0) return line;
  const at = new Set(gaps);
  const opened = <T>(values: readonly T[], between: (i: number) => T): T[] => values.flatMap((value, i) => (at.has(i) ? [between(i), value] : [value]));
  const nothing = (values: readonly (number | null)[]): (number | null)[] => opened(values, () => null);
  const found = { ...line, t: opened(t, (i) => ((t[i - 1] ?? 0) + (t[i] ?? 0)) / 2), v: nothing(v) };
  return low && high ? { ...found, low: nothing(low), high: nothing(high) } : found;
}

/** Seconds that nine in ten points are apart at most. */
function usual(t: readonly number[]): number {
  const step = Math.max(1, Math.ceil(t.length / LOOKED_AT));
  const apart: number[] = [];
  for (let i = 1; i < t.length; i += step) apart.push((t[i] ?? 0) - (t[i - 1] ?? 0));
  apart.sort((a, b) => a - b);
  return apart[Math.min(apart.length - 1, Math.floor(apart.length * 0.9))] ?? 0;
}
