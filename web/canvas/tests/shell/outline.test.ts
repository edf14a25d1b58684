import { describe, expect, it } from "vitest";
import type { FlowDoc } from "../../src/model/flow";
import { readingOrder, seen, twigsOf } from "../../src/shell/outline";

const doc: FlowDoc = {
  flowengine: 1,
  nodes: { log: { type: "debug/log" }, tick: { type: "timing/every" }, lone: { type: "x/y" }, double: { type: "values/expression" } },
  wires: [
    { from: "tick", to: "double" },
    { from: "double.out", to: "log" },
    { from: "double", to: "double", feedback: { initial: 0 } },
  ],
};

describe("the outline", () => {
  it("reads along the wires, sources first, and forgets no node", () => {
    expect(readingOrder(doc)).toEqual(["tick", "double", "log", "lone"]);
    const loop: FlowDoc = { flowengine: 1, nodes: { a: { type: "x" }, b: { type: "x" } }, wires: [{ from: "a", to: "b" }, { from: "b", to: "a" }] };
    expect(readingOrder(loop)).toEqual(["a", "b"]);
  });

  it("has each wire below both of its nodes, and every twig once", () => {
    const twigs = twigsOf(doc);
    expect(twigs.map(({ id }) => id)).toEqual([
      "flow:",
      "node tick",
      "out tick>double",
      "node double",
      "in tick>double",
      "out double.out>log",
      "out double>double",
      "in double>double",
      "node log",
      "in double.out>log",
      "node lone",
    ]);
    expect(new Set(twigs.map(({ id }) => id)).size).toBe(twigs.length);
  });

  it("hides what is below a closed twig, at any depth", () => {
    const twigs = twigsOf(doc);
    expect(seen(twigs, new Set(["node double"])).map(({ id }) => id)).not.toContain("in tick>double");
    expect(seen(twigs, new Set(["flow:"]))).toHaveLength(1);
  });

  it("takes ten thousand nodes in a row without running out of stack", () => {
    const names = Array.from({ length: 10_000 }, (_, n) => `n${n}`);
    const long: FlowDoc = {
      flowengine: 1,
      nodes: Object.fromEntries(names.map((name) => [name, { type: "x" }])),
      wires: names.slice(1).map((name, n) => ({ from: `n${n}`, to: name })),
    };
    expect(readingOrder(long)).toEqual(names);
  });
});
