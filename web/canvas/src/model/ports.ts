/** Which ports a node has, and what fits to what: as the server's check says, known here before it is asked. */
import type { NodeType, Port, Ports } from "../api/types";
import { end, type End, ERROR_PORT, type FlowDoc, SUBFLOW } from "./flow";

/** What is known of node types, and of the nodes of one flow with their options. */
export interface Knowledge {
  types: Readonly<Record<string, NodeType>>;
  /** Node -> its ports with its options, as the server's check found them. */
  ports: Readonly<Record<string, Ports>>;
}

export interface NodePorts extends Ports {
  /** Whether failed messages can leave by a port `error`. */
  error: boolean;
  /** Whether the ports are certain: else any port may exist. */
  known: boolean;
}

const NONE: NodePorts = { inputs: [], outputs: [], error: false, known: false };

/** The ports of a node, the error port told apart. */
export function portsOf(doc: FlowDoc, node: string, { types, ports }: Knowledge): NodePorts {
  const spec = doc.nodes[node];
  if (spec === undefined) return NONE;
  const type = types[spec.type];
  // A subflow's draft is newer than what the server knows of it.
  const checked = spec.type.startsWith(SUBFLOW) && type !== undefined ? undefined : ports[node];
  if (type === undefined && checked === undefined) return NONE;
  const found = checked ?? type ?? NONE;
  const error = type?.error_port ?? spec.type.startsWith(SUBFLOW);
  return { inputs: found.inputs, outputs: found.outputs.filter(({ name }) => name !== ERROR_PORT), error, known: true };
}

/** The port by which messages leave that failed at a node. */
export const ERROR: Port = { name: ERROR_PORT, payload: "any", description: "" };

/** Find the port that one end of a wire means; undefined if there is none. */
export function inputNamed(ports: NodePorts, name: string): Port | undefined {
  return name === "" ? ports.inputs[0] : ports.inputs.find((port) => port.name === name);
}

/** The same for outputs, the error port included. */
export function outputNamed(ports: NodePorts, name: string): Port | undefined {
  if (name === "") return ports.outputs[0];
  return ports.outputs.find((port) => port.name === name) ?? (name === ERROR_PORT && ports.error ? ERROR : undefined);
}

/** Write an end as short as it stays clear: the only port of a node needs no name. */
function endOf(node: string, port: string, all: readonly Port[]): string {
  return all.length === 1 && all[0]?.name === port ? node : `${node}.${port}`;
}

/** Write the end of a wire at an output. */
export function outputEnd(node: string, port: string, ports: NodePorts): string {
  return endOf(node, port, ports.outputs);
}

/** Write the end of a wire at an input. */
export function inputEnd(node: string, port: string, ports: NodePorts): string {
  return endOf(node, port, ports.inputs);
}

/** Whether what leaves one port may come to another. */
export function fits(out: Port, port: Port): boolean {
  return out.payload === "any" || port.payload === "any" || out.payload === port.payload;
}

/** A wire's ends with their ports named, as far as they are known: for comparing what is written in two ways. */
export function fullFrom(doc: FlowDoc, from: string, known: Knowledge): End {
  const { node, port } = end(from);
  return { node, port: port || (portsOf(doc, node, known).outputs[0]?.name ?? "") };
}

/** The same for the end that a wire leads to. */
export function fullTo(doc: FlowDoc, to: string, known: Knowledge): End {
  const { node, port } = end(to);
  return { node, port: port || (portsOf(doc, node, known).inputs[0]?.name ?? "") };
}
