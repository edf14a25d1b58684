import { expect, test } from "vitest";
import type { Series } from "../../src/api/types";
import { topicsOf, withPast } from "../../src/dashboard/past";
import { broken, within } from "../../src/dashboard/trend";

function kept(tag: string, t: number[], interval = 0): Series {
  const v = t.map((time) => time * 10);
  return { tag, archive: t.length ? "history" : "", interval, t, v, low: v.map((one) => one - 1), high: v.map((one) => one + 1), quality: t.map(() => 0) };
}

test("lines are kept under their topics, whatever they are called on the page", () => {
  const shown = { unit: "", series: [{ name: "Temperature", t: [1], v: [1] }, { name: "b", t: [1], v: [1] }] };
  expect(topicsOf(shown, { "oven/t": "Temperature", "oven/s": "Setpoint" })).toEqual(["oven/t", "oven/s", "b"]);
  expect(topicsOf(null, {})).toEqual([]);
  expect(topicsOf({ unit: "", series: [{ name: "", t: [1], v: [1] }] }, {})).toEqual([]);
});

test("what was kept stands in front of what the flow remembers, and where both know, the flow's counts", () => {
  const shown = { unit: "degC", series: [{ name: "T", t: [30, 31], v: [5, 6] }] };
  const { unit, series } = withPast(shown, [kept("oven/t", [10, 20, 30, 40], 10), kept("other", [1])], { "oven/t": "T" });
  expect(unit).toBe("degC");
  expect(series).toEqual([
    { name: "T", t: [10, 20, 30, 31], v: [100, 200, 5, 6], low: [99, 199, 5, 6], high: [101, 201, 5, 6] },
    { name: "other", t: [1], v: [10] },
  ]);
});

test("without a past the lines are as they were, and without lines the past stands alone", () => {
  const shown = { unit: "", series: [{ name: "T", t: [30], v: [5] }] };
  expect(withPast(shown, [kept("T", [])], {}).series).toEqual(shown.series);
  expect(withPast(null, [kept("T", [1, 2])], {}).series).toEqual([{ name: "T", t: [1, 2], v: [10, 20] }]);
});

test("what is older than the span is left out of the ground, too", () => {
  const { series } = within(withPast(null, [kept("T", [1, 2, 3], 1)], {}), 1);
  expect(series).toEqual([{ name: "T", t: [2, 3], v: [20, 30], low: [19, 29], high: [21, 31] }]);
});

test("a line is broken where nothing came for long, and not where it came a little late", () => {
  const t = [...Array(100).keys()].map((i) => i + (i >= 40 ? 4 : 0) + (i >= 70 ? 60 : 0));
  const line = { name: "T", t, v: t.map(() => 1), low: t.map(() => 0), high: t.map(() => 2) };
  const cut = broken(line, 100);
  expect(cut.t.flatMap((time, i) => (cut.v[i] === null ? [[time, cut.low?.[i], cut.high?.[i]]] : []))).toEqual([[73 + 30.5, null, null]]);
  expect(cut.t.length).toBe(101);
  expect(cut.t).toEqual([...cut.t].sort((a, b) => a - b));
  expect(broken(line, 10_000)).toBe(line);
});

test("values that come only when they change are no silence, nor are a few", () => {
  const t = [...Array(100).keys()].map((i) => i * i);
  expect(broken({ name: "T", t, v: t.map(() => 1) }, 1)).toMatchObject({ t });
  for (const few of [[], [1], [1, 500], [1, 2, 500]]) expect(broken({ name: "T", t: few, v: few }, 500).t).toEqual(few);
});
