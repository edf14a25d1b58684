import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Spot, Widget } from "../../src/api/types";
import { COLUMNS, freePlace, inside, overlap, place } from "../../src/dashboard/grid";
import { add, freeName, laidOut, readsKey, unplaced } from "../../src/dashboard/pages";

function spot(node: string, x: number, y: number, w = 3, h = 2): Spot {
  return { flow: "oven", node, x, y, w, h };
}

function widget(node: string, options: Record<string, unknown> = {}, kind = "value"): Widget {
  return { flow: "oven", node, widget: kind, title: node, options, shown: null, stale: false };
}

const spots = fc
  .array(fc.record({ x: fc.integer({ min: -3, max: 14 }), y: fc.nat(20), w: fc.nat(14), h: fc.nat(8) }), { minLength: 1, maxLength: 12 })
  .map((all) =>
    all.reduce<Spot[]>((done, one, i) => place(done, { flow: "oven", node: `n${i}`, ...one }), []),
  );

test("whatever is moved or sized, nothing overlaps, nothing leaves the grid, nothing is lost", () => {
  fc.assert(
    fc.property(spots, fc.integer({ min: -4, max: 15 }), fc.integer({ min: -4, max: 30 }), fc.nat(13), (all, x, y, size) => {
      const moved = { ...(all[0] ?? spot("n0", 0, 0)), x, y, w: size };
      const after = place(all, moved);
      expect(after.map(({ node }) => node)).toEqual(all.map(({ node }) => node));
      for (const [i, one] of after.entries()) {
        expect(one).toEqual(inside(one));
        for (const other of after.slice(i + 1)) expect(overlap(one, other)).toBe(false);
      }
      const there = after.find(({ node }) => node === moved.node);
      expect(there).toEqual(inside(moved));
    }),
  );
});

test("what is not in the way stays where it is", () => {
  const all = [spot("a", 0, 0), spot("b", 3, 0), spot("c", 0, 2)];
  expect(place(all, spot("b", 6, 0))).toEqual([spot("a", 0, 0), spot("b", 6, 0), spot("c", 0, 2)]);
});

test("what is in the way goes down, and what is below it, too", () => {
  const all = [spot("a", 0, 0), spot("b", 0, 2), spot("c", 6, 0)];
  expect(place(all, spot("c", 1, 0))).toEqual([spot("a", 0, 2), spot("b", 0, 4), spot("c", 1, 0)]);
});

test("the first free place is found row by row", () => {
  expect(freePlace([], 3, 2)).toEqual({ x: 0, y: 0 });
  expect(freePlace([spot("a", 0, 0, 9, 2)], 3, 2)).toEqual({ x: 9, y: 0 });
  expect(freePlace([spot("a", 0, 0, 10, 2)], 3, 2)).toEqual({ x: 0, y: 2 });
  expect(COLUMNS).toBe(12);
});

describe("widgets that nobody has placed", () => {
  test("come onto the page that they name, or the first", () => {
    const pages = laidOut({ pages: [{ name: "A", spots: [] }], hidden: [] }, [widget("a"), widget("b", { page: "B" })], "Overview");
    expect(pages.map(({ name, spots: on }) => [name, on.map(({ node }) => node)])).toEqual([
      ["A", ["a"]],
      ["B", ["b"]],
    ]);
  });

  test("get a page where there is none", () => {
    expect(laidOut({ pages: [], hidden: [] }, [widget("a")], "Overview")[0]?.name).toBe("Overview");
    expect(laidOut({ pages: [], hidden: [] }, [], "Overview")).toEqual([]);
  });

  test("stay away when someone took them off, or when a control shows them", () => {
    const widgets = [widget("now"), widget("slider", { reads: "now" }, "slider"), widget("gone")];
    const pages = laidOut({ pages: [], hidden: [{ flow: "oven", node: "gone" }] }, widgets, "Overview");
    expect(pages[0]?.spots.map(({ node }) => node)).toEqual(["slider"]);
    expect(unplaced(pages, widgets).map(({ node }) => node)).toEqual(["now", "gone"]);
  });

  test("a layout that has all of them is left as it is", () => {
    const pages = [add({ name: "A", spots: [] }, widget("a"))];
    expect(laidOut({ pages, hidden: [] }, [widget("a")], "Overview")).toBe(pages);
  });
});

test("what a control reads is its neighbour, in a subflow, too", () => {
  expect(readsKey(widget("slider", { reads: "now" }))).toBe("oven/now");
  expect(readsKey(widget("zone-1/slider", { reads: "now" }))).toBe("oven/zone-1/now");
  expect(readsKey(widget("slider"))).toBeNull();
});

test("a page gets a name that no other has", () => {
  expect(freeName([{ name: "A", spots: [] }, { name: "A 2", spots: [] }], "A")).toBe("A 3");
});
