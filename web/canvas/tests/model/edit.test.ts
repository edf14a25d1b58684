import { describe, expect, it } from "vitest";
import * as edit from "../../src/model/edit";
import type { FlowDoc } from "../../src/model/flow";
import { asName, freshName, isName, nameFor } from "../../src/model/ids";
import { wireKey } from "../../src/model/wires";
import { KNOWN, OVEN } from "./sample";

const keys = (doc: FlowDoc): string[] => doc.wires.map(wireKey);

describe("names", () => {
  it("come from the last word of the type, with a number when taken", () => {
    expect(nameFor("values/range")).toBe("range");
    expect(freshName("range", (name) => name === "range")).toBe("range-2");
    expect(freshName("range-2", (name) => ["range", "range-2"].includes(name))).toBe("range-3");
  });
  it("are made of any words", () => {
    expect(asName("Oven 2 (left)")).toBe("Oven-2-left");
    expect(asName("…")).toBe("");
    expect(isName("-a")).toBe(false);
    expect(isName("a.b")).toBe(false);
  });
});

describe("nodes", () => {
  it("are added at the end, once", () => {
    const doc = edit.addNode(OVEN, "log", { type: "debug/log" }, [0, 0]);
    expect(Object.keys(doc.nodes).at(-1)).toBe("log");
    expect(doc.layout?.["log"]).toEqual([0, 0]);
    expect(edit.addNode(doc, "log", { type: "x" }, [1, 1])).toBe(doc);
  });
  it("leave with their wires, their place and their group", () => {
    const doc = edit.removeNodes(OVEN, ["range", "limit"]);
    expect(doc.wires).toEqual([]);
    expect(Object.keys(doc.layout ?? {})).toEqual(["temperature", "heater", "$note:why"]);
    expect(edit.removeNodes(OVEN, ["nobody"])).toBe(OVEN);
  });
  it("close the gap they leave, when asked", () => {
    const doc = edit.removeAndReconnect(OVEN, ["range"], KNOWN);
    expect(keys(doc)).toEqual(["limit.ok>heater", "limit.trip>heater", "temperature>limit.in"]);
    const both = edit.removeAndReconnect(OVEN, ["range", "limit"], KNOWN);
    expect(both.wires).toEqual([{ from: "temperature", to: "heater", queue: { size: 3 } }]);
  });
  it("are renamed everywhere and stay where they stand in the file", () => {
    const inner = { ...OVEN, subflow: { inputs: { in: ["limit.reset"] }, outputs: { out: ["limit.ok"] } } };
    const doc = edit.renameNode(inner, "limit", "guard");
    expect(Object.keys(doc.nodes)).toEqual(["temperature", "range", "guard", "heater"]);
    expect(keys(doc)).toEqual(["temperature>range", "range>guard.in", "guard.ok>heater", "guard.trip>heater"]);
    expect(doc.layout?.["$group:loop"]).toEqual({ nodes: ["range", "guard"], colour: "teal" });
    expect(doc.layout?.["guard"]).toEqual([460, 60]);
    expect(doc.subflow).toEqual({ inputs: { in: ["guard.reset"] }, outputs: { out: ["guard.ok"] } });
    expect(edit.renameNode(OVEN, "limit", "heater")).toBe(OVEN);
  });
  it("are disabled without a trace when enabled again", () => {
    const off = edit.disableNodes(OVEN, ["range"], true);
    expect(off.nodes["range"]).toEqual({ type: "values/range", disabled: true });
    expect(edit.disableNodes(off, ["range"], false)).toEqual(OVEN);
    expect(edit.disableNodes(OVEN, ["range"], false)).toBe(OVEN);
  });
});

describe("wires", () => {
  it("are there once", () => {
    expect(edit.connect(OVEN, { from: "temperature", to: "range" })).toBe(OVEN);
    expect(keys(edit.connect(OVEN, { from: "range", to: "heater" })).at(-1)).toBe("range>heater");
  });
  it("take a node in between, which keeps the turn of the first half", () => {
    const doc = edit.insertOnWire(edit.addNode(OVEN, "mid", { type: "values/range" }, [0, 0]), "limit.ok>heater", "mid", "mid");
    expect(doc.wires.slice(2)).toEqual([
      { from: "limit.ok", to: "mid" },
      { from: "limit.trip", to: "heater" },
      { from: "mid", to: "heater", queue: { size: 3 } },
    ]);
  });
  it("do not take a node that they already touch", () => {
    expect(edit.insertOnWire(OVEN, "range>limit.in", "limit.in", "limit.ok")).toBe(OVEN);
    expect(edit.placeOnWire(OVEN, "range>limit.in", "limit", KNOWN)).toBeNull();
  });
  it("say where a node fits into them", () => {
    const doc = edit.addNode(OVEN, "text", { type: "values/template" }, [0, 0]);
    expect(edit.placeOnWire(doc, "range>limit.in", "text", KNOWN)).toBeNull(); // text does not fit a number
    expect(edit.placeOnWire(doc, "limit.ok>heater", "text", KNOWN)).toEqual(["text", "text"]);
  });
  it("change where they stand", () => {
    const doc = edit.setWire(OVEN, "range>limit.in", { feedback: { initial: 0 } });
    expect(doc.wires[1]).toEqual({ from: "range", to: "limit.in", feedback: { initial: 0 } });
    expect(edit.setWire(doc, "range>limit.in", { feedback: undefined })).toEqual(OVEN);
    expect(edit.setWire(OVEN, "limit.ok>heater", { from: "limit.trip" })).toBe(OVEN); // it would be there twice
  });
});

describe("groups, notes and doors", () => {
  it("a node is in one group at most, and an empty group goes", () => {
    const doc = edit.makeGroup(OVEN, "new", { nodes: ["range", "limit"] });
    expect(Object.keys(doc.layout ?? {})).not.toContain("$group:loop");
    expect(edit.removeMarks(doc, ["$group:new"]).layout).not.toHaveProperty("$group:new");
  });
  it("notes move and change", () => {
    const doc = edit.moveNodes(OVEN, [["$note:why", [1, 2]]]);
    expect(doc.layout?.["$note:why"]).toMatchObject({ at: [1, 2], text: "Holds the oven" });
    expect(edit.setNote(OVEN, "$note:why", { text: "Holds the oven" })).toBe(OVEN);
  });
  it("doors are added, led, renamed and removed", () => {
    let doc = edit.addDoor(OVEN, "inputs", "in");
    doc = edit.leadDoor(doc, "inputs", "in", "limit.reset", true);
    doc = edit.renameDoor(doc, "inputs", "in", "reset");
    expect(doc.subflow).toEqual({ inputs: { reset: ["limit.reset"] } });
    expect(edit.leadDoor(doc, "inputs", "reset", "limit.reset", false).subflow).toEqual({ inputs: { reset: [] } });
    expect(edit.setInterface(edit.removeDoor(doc, "inputs", "reset"), undefined)).toEqual(OVEN);
  });
});
