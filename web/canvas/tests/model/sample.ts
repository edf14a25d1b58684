/** Node types and a flow for tests of the model. */
import type { NodeType, Port } from "../../src/api/types";
import type { FlowDoc } from "../../src/model/flow";
import type { Knowledge } from "../../src/model/ports";

export function port(name: string, payload: Port["payload"] = "any"): Port {
  return { name, payload, description: "" };
}

export function nodeType(type: string, given: Partial<NodeType> = {}): NodeType {
  return {
    type,
    kind: "transform",
    title: type,
    help: "",
    schema: {},
    inputs: [port("in")],
    outputs: [port("out")],
    error_port: true,
    dynamic: false,
    button: false,
    ot: false,
    package: "",
    version: "",
    local: false,
    name: "",
    category: "",
    ...given,
  };
}

const schema = { properties: { connection: { "x-connection": "modbus/device" } } };
const types = [
  nodeType("modbus/read", { kind: "source", inputs: [], schema }),
  nodeType("values/range"),
  nodeType("values/template", { outputs: [port("out", "text")] }),
  nodeType("control/limit", { inputs: [port("in", "number"), port("reset")], outputs: [port("ok"), port("trip"), port("alarm")] }),
  nodeType("modbus/write", { kind: "actuator", outputs: [], schema }),
];

export const KNOWN: Knowledge = { types: Object.fromEntries(types.map((type) => [type.type, type])), ports: {} };

/** temperature -> range -> limit -(ok)-> heater, limit.trip -> heater. */
export const OVEN: FlowDoc = {
  flowengine: 1,
  name: "oven",
  environment: { HOST: "10.0.0.1" },
  connections: { plant: { type: "modbus/device", options: { host: "${HOST}" } } },
  nodes: {
    temperature: { type: "modbus/read", options: { connection: "plant" } },
    range: { type: "values/range" },
    limit: { type: "control/limit", options: { high: 230 } },
    heater: { type: "modbus/write", options: { connection: "plant" } },
  },
  wires: [
    { from: "temperature", to: "range" },
    { from: "range", to: "limit.in" },
    { from: "limit.ok", to: "heater", queue: { size: 3 } },
    { from: "limit.trip", to: "heater" },
  ],
  layout: {
    temperature: [60, 60],
    range: [260, 60],
    limit: [460, 60],
    heater: [660, 60],
    "$group:loop": { nodes: ["range", "limit"], colour: "teal" },
    "$note:why": { at: [60, 200], size: [200, 80], text: "Holds the oven" },
  },
};
