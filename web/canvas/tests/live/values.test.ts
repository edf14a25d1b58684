import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { NodeLive } from "../../src/api/types";
import { apply, type Frame, unknown, wholeFrame } from "../../src/live/frames";
import { linePath } from "../../src/live/Sparkline";
import { flush, keepOnly, nodeLive, takeFrame, TREND, wireLive } from "../../src/live/values";

const NODE: NodeLive = {
  level: "ok",
  text: "",
  received: 0,
  sent: 0,
  failed: 0,
  dropped: 0,
  waiting: 0,
  rate: 0,
  value: 1,
  kind: "number",
  unit: "degC",
  quality: "good",
  time: 1,
};

function frame(nodes: Frame["nodes"], full = false, wires: Frame["wires"] = {}): Frame {
  return { flow: "oven", at: 1, nodes, wires, full };
}

beforeEach(() => {
  keepOnly([]);
  flush();
});

test("a frame that is not full changes the fields that it has and no others", () => {
  takeFrame(frame({ heater: NODE }, true));
  takeFrame(frame({ heater: { value: 7 } }));
  expect(nodeLive("oven", "heater")).toEqual({ ...NODE, value: 7 });
});

test("a full frame takes away what it does not name", () => {
  takeFrame(frame({ heater: NODE, door: NODE }, true, { "a.out>b.in": { passed: 3 } }));
  takeFrame(frame({ heater: NODE }, true));
  expect(nodeLive("oven", "door")).toBeUndefined();
  expect(wireLive("oven", "a.out>b.in")).toBeUndefined();
});

test("a flow that is no longer watched is forgotten, for an old value must not look live", () => {
  takeFrame(frame({ heater: NODE }, true));
  keepOnly(["press"]);
  expect(nodeLive("oven", "heater")).toBeUndefined();
});

test("a value that stays is the same object, so that nobody draws for it", () => {
  takeFrame(frame({ heater: NODE, door: NODE }, true));
  const before = nodeLive("oven", "door");
  takeFrame(frame({ heater: { value: 2 } }));
  expect(nodeLive("oven", "door")).toBe(before);
});

const fields = fc.record(
  {
    level: fc.constantFrom("ok", "warning", "error", "off", "busy") as fc.Arbitrary<NodeLive["level"]>,
    text: fc.string({ maxLength: 3 }),
    sent: fc.nat(9),
    value: fc.oneof(fc.integer(), fc.string({ maxLength: 2 }), fc.constant(null)),
    time: fc.nat(1000),
  },
  { requiredKeys: [] },
);
const ids = fc.constantFrom("a", "b", "zone-1/scale", "__proto__", "constructor");

test("deltas applied are the same as the snapshot, whatever came in which order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ids, fields), { maxLength: 40 }), fc.nat(40), (changes, joined) => {
      const server = unknown(); // what the server would send to someone who asks now
      const early = unknown(); // heard everything
      const late = unknown(); // came in the middle
      apply(early, frame({}, true));
      changes.forEach(([id, change], i) => {
        if (i === joined) apply(late, wholeFrame("oven", server));
        const nodes = Object.fromEntries([[id, change]]);
        for (const known of [server, early, ...(i >= joined ? [late] : [])]) apply(known, frame(nodes));
      });
      if (joined >= changes.length) apply(late, wholeFrame("oven", server));
      expect(early.nodes).toEqual(server.nodes);
      expect(late.nodes).toEqual(server.nodes);
    }),
    { numRuns: 300 },
  );
});

describe("the trend", () => {
  test("is a line that ends at the right edge and stays inside", () => {
    const path = linePath([1, 5, 3]);
    expect(path.startsWith("M")).toBe(true);
    expect(path.endsWith("L47 7")).toBe(true);
  });

  test("of numbers that are all the same lies in the middle", () => {
    expect(linePath([4, 4])).toMatch(/^M[\d.]+ 7L47 7$/);
  });

  test("is bounded", () => {
    expect(TREND).toBe(30);
  });
});
