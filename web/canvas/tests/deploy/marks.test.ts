import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, marksOf, NO_MARKS } from "../../src/deploy/marks";
import type { FlowDoc, NodeSpec } from "../../src/model/flow";

const flow = (nodes: Record<string, NodeSpec>, wires: FlowDoc["wires"] = [], layout: FlowDoc["layout"] = {}): FlowDoc => ({ flowengine: 1, nodes, wires, layout });

describe("marks", () => {
  it("says nothing of boxes that only moved", () => {
    const before = flow({ a: { type: "x/a" } }, [], { a: [0, 0] });
    expect(marksOf({ ...before, layout: { a: [100, 0] } }, before)).toBe(NO_MARKS);
  });

  it("tells new, changed and removed nodes apart, and where the removed ones stood", () => {
    const before = flow({ a: { type: "x/a" }, b: { type: "x/b" } }, [{ from: "a", to: "b" }], { b: [40, 60] });
    const after = flow({ a: { type: "x/a", note: "!" }, c: { type: "x/c" } }, [{ from: "a", to: "c" }]);
    const marks = marksOf(after, before);
    expect([...marks.added]).toEqual(["c"]);
    expect([...marks.changed]).toEqual(["a"]);
    expect(marks.removed).toEqual({ b: { at: [40, 60], type: "x/b" } });
    expect([...marks.wiresAdded]).toEqual(["a>c"]);
    expect(marks.wiresRemoved).toEqual([{ from: "a", to: "b" }]);
    expect(countOf(marks)).toBe(5);
  });

  it("counts a wire that was set otherwise as one, not as two", () => {
    const before = flow({ a: { type: "x/a" } }, [{ from: "a", to: "a" }]);
    const marks = marksOf({ ...before, wires: [{ from: "a", to: "a", disabled: true }] }, before);
    expect([...marks.wiresAdded]).toEqual(["a>a"]);
    expect(marks.wiresRemoved).toEqual([]);
  });

  it("takes everything for new where nothing is deployed", () => {
    expect([...marksOf(flow({ a: { type: "x/a" } }), null).added]).toEqual(["a"]);
  });

  it("finds nothing between a flow and a copy of it, and something between any two others", () => {
    const node = fc.record({ type: fc.constantFrom("x/a", "x/b"), note: fc.constantFrom("", "n") });
    const nodes = fc.dictionary(fc.constantFrom("a", "b", "c"), node);
    fc.assert(
      fc.property(nodes, nodes, (left, right) => {
        const [a, b] = [flow(left), flow(right)];
        expect(countOf(marksOf(structuredClone(a), a))).toBe(0);
        expect(countOf(marksOf(a, b)) === 0).toBe(JSON.stringify(sorted(left)) === JSON.stringify(sorted(right)));
      }),
    );
  });
});

function sorted(nodes: Record<string, NodeSpec>): unknown {
  return Object.entries(nodes)
    .map(([id, { type, note }]) => [id, type, note])
    .sort();
}
