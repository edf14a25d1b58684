import { describe, expect, it } from "vitest";
import { aligned, type Box, distributed } from "../../src/model/align";
import { arrange } from "../../src/model/arrange";

const box = (key: string, x: number, y: number): Box => ({ key, x, y, width: 160, height: 46 });

describe("boxes", () => {
  const boxes = [box("a", 0, 0), box("b", 200, 30), box("c", 500, 60)];
  it("align at an edge", () => {
    expect(aligned(boxes, "top").map(([, spot]) => spot[1])).toEqual([0, 0, 0]);
    expect(aligned(boxes, "right").map(([, spot]) => spot[0])).toEqual([500, 500, 500]);
  });
  it("are distributed with equal gaps", () => {
    expect(distributed(boxes, "across")).toEqual([["a", [0, 0]], ["b", [250, 30]], ["c", [500, 60]]]);
  });
  it("are laid out from left to right without overlap", () => {
    const places = new Map(arrange({ boxes, wires: [["a", "b"], ["a", "c"]] }));
    expect(places.get("b")?.[0]).toBe(places.get("c")?.[0]);
    expect(places.get("b")?.[0]).toBeGreaterThanOrEqual(160);
    expect(Math.abs((places.get("b")?.[1] ?? 0) - (places.get("c")?.[1] ?? 0))).toBeGreaterThanOrEqual(46);
  });
});
