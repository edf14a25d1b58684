/** Edits of the folder: flows as a whole. Pure, like the edits of one flow. */
import { type FlowDoc, SUBFLOW } from "./flow";

type Flows = Record<string, FlowDoc>;

export function emptyFlow(name: string, note = ""): FlowDoc {
  return { flowengine: 1, name, ...(note && { note }), nodes: {}, wires: [], layout: {} };
}

/** Put a flow in, under a name that is free. */
export function withFlow(flows: Flows, name: string, doc: FlowDoc): Flows {
  return { ...flows, [name]: { ...doc, name } };
}

/** Give a flow another name; where it is used as a node, the nodes follow. */
export function renamedFlow(flows: Flows, from: string, to: string): Flows {
  const found: Flows = {};
  for (const [name, doc] of Object.entries(flows)) {
    const retyped = withType(doc, SUBFLOW + from, SUBFLOW + to);
    if (name === from) found[to] = { ...retyped, name: to };
    else found[name] = retyped;
  }
  return found;
}

export function withoutFlow(flows: Flows, name: string): Flows {
  const { [name]: _, ...rest } = flows;
  return rest;
}

/** The flows that use a flow as a node. */
export function usersOf(flows: Flows, name: string): string[] {
  return Object.keys(flows).filter((other) => Object.values(flows[other]?.nodes ?? {}).some(({ type }) => type === SUBFLOW + name));
}

export function setFlowDisabled(doc: FlowDoc, disabled: boolean): FlowDoc {
  const { disabled: _, ...rest } = doc;
  return disabled ? { ...rest, disabled } : rest;
}

function withType(doc: FlowDoc, from: string, to: string): FlowDoc {
  const nodes = Object.entries(doc.nodes);
  if (!nodes.some(([, { type }]) => type === from)) return doc;
  return { ...doc, nodes: Object.fromEntries(nodes.map(([id, spec]) => [id, spec.type === from ? { ...spec, type: to } : spec])) };
}
