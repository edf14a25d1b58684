import { describe, expect, it } from "vitest";
import type { FlowDoc } from "../../src/model/flow";
import { emptyFlow, renamedFlow, setFlowDisabled, usersOf, withFlow, withoutFlow } from "../../src/model/folder";

const uses: FlowDoc = { flowengine: 1, name: "oven", nodes: { alarm: { type: "flow/alarm" }, log: { type: "debug/log" } }, wires: [] };
const flows = { oven: uses, alarm: emptyFlow("alarm") };

describe("flows as a whole", () => {
  it("lets nodes follow the name of the flow that they use", () => {
    const renamed = renamedFlow(flows, "alarm", "bell");
    expect(Object.keys(renamed)).toEqual(["oven", "bell"]);
    expect(renamed["bell"]?.name).toBe("bell");
    expect(renamed["oven"]?.nodes["alarm"]?.type).toBe("flow/bell");
    expect(renamed["oven"]?.nodes["log"]).toBe(uses.nodes["log"]);
  });

  it("leaves flows alone that have nothing to do with it", () => {
    expect(renamedFlow({ oven: uses, press: emptyFlow("press") }, "press", "stamp")["oven"]).toBe(uses);
  });

  it("knows who uses a flow", () => {
    expect(usersOf(flows, "alarm")).toEqual(["oven"]);
    expect(usersOf(flows, "oven")).toEqual([]);
  });

  it("puts a flow in under the name that it gets, and takes it out again", () => {
    const more = withFlow(flows, "oven-2", uses);
    expect(more["oven-2"]?.name).toBe("oven-2");
    expect(withoutFlow(more, "oven-2")).toEqual(flows);
  });

  it("writes `disabled` only where it is so", () => {
    expect(setFlowDisabled(uses, true).disabled).toBe(true);
    expect("disabled" in setFlowDisabled(setFlowDisabled(uses, true), false)).toBe(false);
  });
});
