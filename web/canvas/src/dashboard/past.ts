/** What a chart shows of the time before its flow's memory: from the archives of the flow. */
import { get, part } from "../api/client";
import type { ArchiveValues, Series } from "../api/types";
import type { ChartShown, Line } from "./trend";

/** Seconds back from now that can be chosen. */
export const SPANS: readonly number[] = [3600, 8 * 3600, 24 * 3600, 7 * 24 * 3600];

/** Points of a line: about one for each two or three of the screen. */
export const POINTS = 600;

/** Topic to name of the line, as the chart's options say. */
export type Names = Readonly<Record<string, string>>;

/** Under which tags the lines of a chart would be kept: their topics. */
export function topicsOf(shown: ChartShown | null, names: Names): string[] {
  const topics = new Map(Object.entries(names).map(([topic, name]) => [name, topic]));
  return [...new Set([...Object.keys(names), ...(shown?.series ?? []).map(({ name }) => topics.get(name) ?? name)])].filter(Boolean);
}

/** Values that are asked for at once, as if one came each second: the server reads 5,000,000 for one question at most. */
const AT_ONCE = 4_000_000;

/** Ask the archives of a flow; a span of 0 only asks which tags they have. */
export async function ask(flow: string, topics: readonly string[], span: number): Promise<Series[]> {
  const most = Math.min(100, Math.max(1, Math.floor(AT_ONCE / Math.max(1, span))));
  const found: Series[] = [];
  for (let i = 0; i < topics.length; i += most) {
    const tags = topics.slice(i, i + most).map((topic) => `&tag=${part(topic)}`);
    const path = `/api/flows/${part(flow)}/archives/values?span=${span}&points=${POINTS}${tags.join("")}`;
    found.push(...(await get<ArchiveValues>(path)).series);
  }
  return found;
}

/** Put what was kept in front of what the flow remembers; where both know, the flow's is finer. */
export function withPast(shown: ChartShown | null, past: readonly Series[], names: Names): ChartShown {
  const kept = new Map(past.filter(({ t }) => t.length > 0).map((one) => [names[one.tag] ?? one.tag, one]));
  const live = shown?.series ?? [];
  const known = new Set(live.map(({ name }) => name));
  return {
    unit: shown?.unit ?? "",
    series: [
      ...live.map((line) => joined(line.name, kept.get(line.name), line)),
      ...[...kept].filter(([name]) => !known.has(name)).map(([name, one]) => joined(name, one, undefined)),
    ],
  };
}

function joined(name: string, kept: Series | undefined, live: Line | undefined): Line {
  const now: Line = live ?? { name, t: [], v: [] };
  if (kept === undefined) return now;
  const from = now.t[0] ?? Number.POSITIVE_INFINITY;
  const found = kept.t.findIndex((time) => time >= from);
  const end = found < 0 ? kept.t.length : found;
  const before = <T>(values: readonly T[], after: readonly T[]): T[] => [...values.slice(0, end), ...after];
  const line: Line = { name, t: before(kept.t, now.t), v: before(kept.v, now.v) };
  return kept.interval === 0 ? line : { ...line, low: before(kept.low, now.v), high: before(kept.high, now.v) };
}
