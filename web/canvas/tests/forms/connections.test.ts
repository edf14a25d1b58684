import { describe, expect, it } from "vitest";
import { putConnection, removeConnection, usersOf } from "../../src/settings/connections";
import type { Schema } from "../../src/forms/schema";
import type { FlowDoc } from "../../src/model/flow";
import type { Content } from "../../src/store/project";

const schemas = (type: string): Schema | undefined => (type === "modbus/read" ? { properties: { connection: { "x-connection": "modbus/device" }, topic: {} } } : undefined);
const flow = (own: boolean): FlowDoc => ({
  flowengine: 1,
  nodes: { read: { type: "modbus/read", options: { connection: "oven", topic: "oven" } }, other: { type: "x", options: { connection: "oven" } } },
  wires: [],
  ...(own && { connections: { oven: { type: "modbus/device" } } }),
});
const content = (): Content => ({ flows: { a: flow(true), b: flow(false), c: flow(false) }, connections: { oven: { type: "modbus/device" } } });

describe("a connection is renamed", () => {
  it("for all flows, and all that use it follow; a flow's own one of that name is another", () => {
    const next = putConnection(content(), { flow: null }, "oven", "kiln", { type: "modbus/device" }, schemas);
    expect(Object.keys(next.connections)).toEqual(["kiln"]);
    expect(next.flows["b"]?.nodes["read"]?.options).toEqual({ connection: "kiln", topic: "oven" });
    expect(next.flows["c"]?.nodes["read"]?.options?.["connection"]).toBe("kiln");
    expect(next.flows["a"]?.nodes["read"]?.options?.["connection"]).toBe("oven");
    expect(next.flows["b"]?.nodes["other"]?.options?.["connection"]).toBe("oven");
  });
  it("in one flow, and the others keep theirs", () => {
    const before = content();
    const next = putConnection(before, { flow: "a" }, "oven", "kiln", { type: "modbus/device" }, schemas);
    expect(next.flows["a"]?.connections).toEqual({ kiln: { type: "modbus/device" } });
    expect(next.flows["a"]?.nodes["read"]?.options?.["connection"]).toBe("kiln");
    expect(next.flows["b"]).toBe(before.flows["b"]);
    expect(next.connections["oven"]).toBeDefined();
  });
});

describe("deletion", () => {
  it("says who uses it", () => {
    expect(usersOf(content(), { flow: null }, "oven", schemas)).toEqual([
      { flow: "b", node: "read", option: "connection" },
      { flow: "c", node: "read", option: "connection" },
    ]);
  });
  it("leaves no empty key in the file", () => expect(removeConnection(content(), { flow: "a" }, "oven").flows["a"]).not.toHaveProperty("connections"));
});
