import { describe, expect, it } from "vitest";
import type { FlowDoc } from "../../src/model/flow";
import { search } from "../../src/shell/search";

const flows: Record<string, FlowDoc> = {
  oven: { flowengine: 1, wires: [], nodes: { "hold-180": { type: "control/pid", options: { setpoint: 180 }, note: "Tuned in May" }, heater: { type: "modbus/write" } } },
  press: { flowengine: 1, wires: [], nodes: { count: { type: "debug/counter", options: { topic: "plant/heater" } } } },
};

describe("search", () => {
  it("finds by name, type, value and note in all flows; names come first", () => {
    expect(search(flows, "HEATER").map(({ node }) => node)).toEqual(["heater", "count"]);
    expect(search(flows, "modbus")).toMatchObject([{ flow: "oven", node: "heater", place: "" }]);
    expect(search(flows, "setpoint 180")).toMatchObject([{ node: "hold-180", place: "setpoint: 180" }]);
    expect(search(flows, "tuned")).toMatchObject([{ place: "Tuned in May" }]);
  });

  it("wants every word", () => {
    expect(search(flows, "pid heater")).toEqual([]);
  });

  it("finds nothing for no words", () => {
    expect(search(flows, "  ")).toEqual([]);
  });
});
