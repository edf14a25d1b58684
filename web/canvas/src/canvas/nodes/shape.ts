/** The size of a node's box and where its ports sit: known before anything is drawn, so that most of a flow need not be. */
import type { NodeHandle, Position } from "@xyflow/react";
import type { Port } from "../../api/types";
import { ERROR, type NodePorts } from "../../model/ports";

/** Of a box, in the flow's own measures; one with many ports is higher. */
export const WIDTH = 184;
export const HEIGHT = 46;
const PER_PORT = 13;
const DOT = 10;
const ERROR_FROM_RIGHT = 22;

export interface DrawnPort extends Port {
  side: "input" | "output";
  /** The middle of its dot, from the box's top left corner. */
  x: number;
  y: number;
  /** A wire leads to it, but the node has no such port (any more). */
  missing: boolean;
  wired: boolean;
}

export interface Shape {
  width: number;
  height: number;
  ports: DrawnPort[];
  handles: NodeHandle[];
}

/** What wires of the flow say of a node's ports: names as written, the empty one for the first. */
export interface Wired {
  inputs: ReadonlySet<string>;
  outputs: ReadonlySet<string>;
}

/** The shape of a node with these ports; ports that only its wires name are drawn too, as missing. */
export function shapeOf(ports: NodePorts, wired: Wired): Shape {
  const inputs = column(ports.inputs, wired.inputs, []);
  const outputs = column(ports.outputs, wired.outputs, ports.error ? [ERROR.name] : []);
  const most = Math.max(inputs.length, outputs.length);
  const height = Math.max(HEIGHT, most * PER_PORT + 8);
  const placed = (list: Half[], side: DrawnPort["side"]): DrawnPort[] =>
    list.map((port, n) => ({ ...port, side, x: side === "input" ? 0 : WIDTH, y: Math.round((height * (n + 1)) / (list.length + 1)) }));
  const all = [...placed(inputs, "input"), ...placed(outputs, "output")];
  if (ports.error)
    all.push({ ...ERROR, side: "output", x: WIDTH - ERROR_FROM_RIGHT, y: height, missing: false, wired: wired.outputs.has(ERROR.name) });
  return { width: WIDTH, height, ports: all, handles: all.map(handleOf) };
}

type Half = Omit<DrawnPort, "side" | "x" | "y">;

/** The node's own ports, then those that only wires know. */
function column(own: readonly Port[], wired: ReadonlySet<string>, apart: readonly string[]): Half[] {
  const first = own[0]?.name;
  const found: Half[] = own.map((port) => ({ ...port, missing: false, wired: wired.has(port.name) || (wired.has("") && port.name === first) }));
  for (const name of wired) {
    if (apart.includes(name) || own.some((port) => port.name === name) || (name === "" && first !== undefined)) continue;
    found.push({ name, payload: "any", description: "", missing: true, wired: true });
  }
  return found;
}

/** A port as React Flow wants it, so that wires can be drawn before the node is. */
export function handleOf({ name, side, x, y }: Pick<DrawnPort, "name" | "side" | "x" | "y">): NodeHandle {
  const position = side === "input" ? "left" : name === ERROR.name && x < WIDTH ? "bottom" : "right";
  return {
    id: name,
    type: side === "input" ? "target" : "source",
    position: position as Position, // its own names would bring React Flow to pages that draw nothing
    x: x - DOT / 2,
    y: y - DOT / 2,
    width: DOT,
    height: DOT,
  };
}
