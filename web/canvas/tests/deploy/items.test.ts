import { describe, expect, it } from "vitest";
import type { FlowDiff } from "../../src/api/types";
import { itemsOf, nodeOf } from "../../src/deploy/items";

const NOTHING: FlowDiff = {
  name: "line",
  existed: true,
  exists: true,
  added: [],
  removed: [],
  changed: {},
  wires_added: [],
  wires_removed: [],
  wires_reordered: false,
  connections_added: [],
  connections_removed: [],
  connections_changed: {},
  properties: [],
  moved: [],
  logic: false,
};

describe("items of a difference", () => {
  it("makes one item of a wire that was taken out and put in with another queue", () => {
    const items = itemsOf({ ...NOTHING, wires_removed: [{ from: "a", to: "b" }], wires_added: [{ from: "a", to: "b", queue: { size: 3 } }] });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ kind: "wire", how: "changed", name: "a", to: "b", changes: [{ path: "queue", was_set: false, new: { size: 3 } }] });
  });

  it("leaves moved boxes out of what is walked through", () => {
    expect(itemsOf({ ...NOTHING, moved: ["a"] })).toEqual([]);
  });

  it("leads from a wire to the node that it comes from", () => {
    const [item] = itemsOf({ ...NOTHING, wires_added: [{ from: "a.out", to: "b" }] });
    expect(item && nodeOf(item)).toBe("a");
  });

  it("gives every item a key of its own", () => {
    const items = itemsOf({
      ...NOTHING,
      added: ["a"],
      removed: ["b"],
      connections_added: ["a"],
      wires_added: [{ from: "a", to: "b" }],
      wires_removed: [{ from: "a", to: "c" }],
      properties: [{ path: "note", old: "", new: "x", was_set: true, is_set: true }],
      wires_reordered: true,
    });
    expect(new Set(items.map(({ key }) => key)).size).toBe(7);
  });
});
