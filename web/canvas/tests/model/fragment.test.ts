import { describe, expect, it } from "vitest";
import type { FlowDoc } from "../../src/model/flow";
import { fragmentOf, paste, readFragment } from "../../src/model/fragment";
import { wireKey } from "../../src/model/wires";
import { KNOWN, OVEN } from "./sample";

const EMPTY: FlowDoc = { flowengine: 1, name: "empty", nodes: {}, wires: [] };

describe("copy and paste", () => {
  it("keeps the wires between the nodes, whole groups and the connections used", () => {
    const piece = fragmentOf(OVEN, ["range", "limit", "heater"], ["$note:why"], KNOWN);
    expect(piece.wires.map(wireKey)).toEqual(["range>limit.in", "limit.ok>heater", "limit.trip>heater"]);
    expect(Object.keys(piece.layout ?? {})).toEqual(["range", "limit", "heater", "$group:loop", "$note:why"]);
    expect(piece.connections).toEqual(OVEN.connections);
  });
  it("gives new names where they are taken", () => {
    const piece = fragmentOf(OVEN, ["range", "limit"], [], KNOWN);
    const { doc, nodes } = paste(OVEN, piece, [0, 400], {}, KNOWN);
    expect(nodes).toEqual(["range-2", "limit-2"]);
    expect(wireKey(doc.wires.at(-1) as never)).toBe("range-2>limit-2.in");
    expect(doc.layout?.["range-2"]).toEqual([0, 400]);
    expect(doc.layout?.["$group:loop-2"]).toMatchObject({ nodes: ["range-2", "limit-2"] });
  });
  it("brings connections along, and names those that nobody has", () => {
    const piece = fragmentOf(OVEN, ["heater"], [], KNOWN);
    expect(paste(EMPTY, piece, [0, 0], {}, KNOWN)).toMatchObject({ brought: ["plant"], missing: [] });
    expect(paste(EMPTY, { ...piece, connections: {} }, [0, 0], {}, KNOWN)).toMatchObject({ brought: [], missing: ["plant"] });
    expect(paste(EMPTY, piece, [0, 0], OVEN.connections ?? {}, KNOWN)).toMatchObject({ brought: [], missing: [] });
  });
  it("survives the clipboard and refuses what is no piece of a flow", () => {
    const piece = fragmentOf(OVEN, ["range"], [], KNOWN);
    expect(readFragment(JSON.stringify(piece))?.nodes).toEqual(piece.nodes);
    for (const rubbish of ["", "hello", "[]", "null", "{}", '{"flowengine":1,"nodes":{"a":1}}', '{"flowengine":1,"wires":[{}]}'])
      if (rubbish !== "") expect(readFragment(rubbish), rubbish).toBeNull();
  });
  it("makes sound names of those that are none", () => {
    const piece = readFragment('{"flowengine":1,"nodes":{"a b":{"type":"x/y"},"…":{"type":"x/y"}},"wires":[{"from":"a b","to":"…"}]}');
    expect(paste(EMPTY, piece as FlowDoc, [0, 0], {}, KNOWN).nodes).toEqual(["a-b", "y"]);
  });
});
