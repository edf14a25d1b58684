import { describe, expect, it } from "vitest";
import { makeSubflow } from "../../src/model/edit/subflow";
import { wireKey } from "../../src/model/wires";
import { KNOWN, OVEN } from "./sample";

describe("a subflow made from a selection", () => {
  it("gets its doors from the wires that cross the border", () => {
    const made = makeSubflow(OVEN, ["range", "limit"], "guard", KNOWN);
    expect(made?.inner).toMatchObject({
      name: "guard",
      subflow: { inputs: { in: ["range.in"] }, outputs: { "limit-ok": ["limit.ok"], "limit-trip": ["limit.trip"] } },
      wires: [{ from: "range", to: "limit.in" }],
    });
    expect(made?.outer.nodes["guard"]).toEqual({ type: "flow/guard" });
    expect(made?.outer.wires).toEqual([
      { from: "temperature", to: "guard" },
      { from: "guard.limit-ok", to: "heater", queue: { size: 3 } },
      { from: "guard.limit-trip", to: "heater" },
    ]);
    expect(made?.outer.layout?.["guard"]).toEqual([360, 60]);
  });
  it("takes what it used from around as parameters and variables", () => {
    const made = makeSubflow(OVEN, ["heater"], "out", KNOWN);
    expect(made?.inner.subflow?.parameters).toEqual({ plant: { type: "string", "x-connection": "modbus/device" } });
    expect(made?.inner.nodes["heater"]?.options).toEqual({ connection: "${parameter:plant}" });
    expect(made?.outer.nodes["out"]?.options).toEqual({ plant: "plant" });
    expect(made?.outer.wires.map(wireKey)).toEqual(["temperature>range", "range>limit.in", "limit.ok>out", "limit.trip>out"].slice(0, 4));
  });
  it("needs at least one node", () => {
    expect(makeSubflow(OVEN, ["nobody"], "x", KNOWN)).toBeNull();
  });
});
