import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Widget } from "../../src/api/types";
import { heardSoFar, shownNow, takeAll, takeShown } from "../../src/dashboard/shown";
import { grow, newest, within } from "../../src/dashboard/trend";
import { angle, arc } from "../../src/dashboard/widgets/arc";
import { readNumber } from "../../src/dashboard/widgets/readNumber";

function widget(node: string, shown: unknown): Widget {
  return { flow: "oven", node, widget: "value", title: node, options: {}, shown, stale: false };
}

beforeEach(() => takeAll([]));

test("an event changes what it names, and what is no longer there is forgotten", () => {
  takeAll([widget("a", { value: 1 }), widget("b", { value: 2 })]);
  takeShown({ "oven/a": { value: 3 } });
  expect([shownNow("oven/a"), shownNow("oven/b")]).toEqual([{ value: 3 }, { value: 2 }]);
  takeAll([widget("b", { value: 4 })]);
  expect([shownNow("oven/a"), shownNow("oven/b")]).toEqual([null, { value: 4 }]);
});

test("what the stream told while everything was asked for is newer than the answer", () => {
  takeAll([widget("lamp", { value: false }), widget("still", { value: 1 })]);
  const heard = heardSoFar();
  const answer = [widget("lamp", { value: false }), widget("still", { value: 2 }), widget("new", { value: 3 })];
  takeShown({ "oven/lamp": { value: true } });
  takeAll(answer, heard);
  expect(["lamp", "still", "new"].map((node) => shownNow(`oven/${node}`))).toEqual([{ value: true }, { value: 2 }, { value: 3 }]);
  takeAll(answer);
  expect(shownNow("oven/lamp")).toEqual({ value: false });
});

test("what a chart sends is added to what it has; without `more` it takes its place", () => {
  const line = { name: "T", t: [1, 2, 3], v: [1, 2, 3] };
  takeAll([widget("chart", { unit: "", series: [line] })]);
  takeShown({ "oven/chart": { unit: "degC", more: true, series: [{ name: "T", t: [3, 4], v: [30, 4] }, { name: "S", t: [4], v: [9] }] } });
  expect(shownNow("oven/chart")).toEqual({
    unit: "degC",
    series: [
      { name: "T", t: [1, 2, 3, 4], v: [1, 2, 30, 4] },
      { name: "S", t: [4], v: [9] },
    ],
  });
  takeShown({ "oven/chart": { unit: "", more: false, series: [] } });
  expect(shownNow("oven/chart")).toEqual({ unit: "", more: false, series: [] });
});

test("a line that grows stays in order, whatever comes", () => {
  const times = fc.array(fc.nat(1000), { maxLength: 20 }).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(times, { maxLength: 10 }), (news) => {
      let shown = { unit: "", series: [{ name: "T", t: [] as number[], v: [] as (number | null)[] }] };
      for (const t of news) shown = grow(shown, { unit: "", series: [{ name: "T", t, v: t }] });
      const line = shown.series[0];
      expect(line?.t).toEqual([...(line?.t ?? [])].sort((a, b) => a - b));
      expect(line?.t.length).toBe(line?.v.length);
    }),
  );
});

test("a chart shows its span up to the newest reading", () => {
  const shown = { unit: "", series: [{ name: "T", t: [0, 50, 100], v: [1, 2, 3] }] };
  expect(newest(shown)).toBe(100);
  expect(within(shown, 60).series[0]?.t).toEqual([50, 100]);
});

test("a gauge goes from left over the top to right", () => {
  expect([angle(-5, 0, 10), angle(5, 0, 10), angle(99, 0, 10)]).toEqual([0, 0.5, 1]);
  expect(arc(0, 0.5, 80)).toBe("M20 100A80 80 0 0 1 100 20");
});

test("numbers are read with a point or a comma, and nothing else is a number", () => {
  expect(["21,5", "21.5", "-3", " 7 ", "1e3"].map(readNumber)).toEqual([21.5, 21.5, -3, 7, 1000]);
  expect(["", "1.000,5", "12a", "0x10", "Infinity"].map(readNumber)).toEqual([null, null, null, null, null]);
});
