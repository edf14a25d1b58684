/** Edits of nodes. Each returns the same flow when nothing changes. */
import { end, type FlowDoc, type Interface, type NodeSpec } from "../flow";
import type { Spot } from "../layout";
import { mapped, mappedList, renamed, without } from "../records";
import { same } from "../same";
import { layoutRenamed, layoutWithout, withSpot } from "./layout";

/** Add a node at the end of the file; a name that is taken changes nothing. */
export function addNode(doc: FlowDoc, id: string, spec: NodeSpec, at: Spot): FlowDoc {
  if (Object.hasOwn(doc.nodes, id)) return doc;
  return withSpot({ ...doc, nodes: { ...doc.nodes, [id]: spec } }, id, at);
}

/** Remove nodes with all their wires, and from groups and the flow's interface. */
export function removeNodes(doc: FlowDoc, ids: Iterable<string>): FlowDoc {
  const gone = new Set(ids);
  const nodes = without(doc.nodes, gone);
  if (nodes === doc.nodes) return doc;
  const wires = mappedList(doc.wires, (wire) => (gone.has(end(wire.from).node) || gone.has(end(wire.to).node) ? null : wire));
  const next: FlowDoc = { ...doc, nodes, wires };
  if (doc.subflow) next.subflow = doorsChanged(doc.subflow, (at) => (gone.has(end(at).node) ? null : at));
  return layoutWithout(next, gone);
}

/** Change a node's name everywhere: its wires, its place, its group, the flow's interface. */
export function renameNode(doc: FlowDoc, old: string, name: string): FlowDoc {
  if (old === name || !Object.hasOwn(doc.nodes, old) || Object.hasOwn(doc.nodes, name)) return doc;
  const moved = (at: string): string => {
    if (at === old) return name;
    return at.startsWith(`${old}.`) ? name + at.slice(old.length) : at;
  };
  const wires = mappedList(doc.wires, (wire) => {
    const from = moved(wire.from);
    const to = moved(wire.to);
    return from === wire.from && to === wire.to ? wire : { ...wire, from, to };
  });
  const next: FlowDoc = { ...doc, nodes: renamed(doc.nodes, old, name), wires };
  if (doc.subflow) next.subflow = doorsChanged(doc.subflow, moved);
  return layoutRenamed(next, old, name);
}

/** Replace a node's options; no options leave the key out. */
export function setOptions(doc: FlowDoc, id: string, options: Record<string, unknown>): FlowDoc {
  return changeNode(doc, id, { options: Object.keys(options).length === 0 ? undefined : options });
}

/** Change a node; a key set to undefined is left out of the file. */
export function changeNode(doc: FlowDoc, id: string, change: Partial<NodeSpec>): FlowDoc {
  const spec = doc.nodes[id];
  if (spec === undefined) return doc;
  const next = { ...spec, ...change };
  for (const key of Object.keys(next) as (keyof NodeSpec)[]) if (next[key] === undefined) delete next[key];
  return same(next, spec) ? doc : { ...doc, nodes: { ...doc.nodes, [id]: next } };
}

/** Take nodes out of the running flow, or put them back. */
export function disableNodes(doc: FlowDoc, ids: Iterable<string>, disabled: boolean): FlowDoc {
  let next = doc;
  for (const id of ids) next = changeNode(next, id, { disabled: disabled || undefined });
  return next;
}

/** Change the ends that an interface leads to; null takes one out, the port stays. */
function doorsChanged(interface_: Interface, change: (at: string) => string | null): Interface {
  const ports = (all: Record<string, string[]> | undefined): Record<string, string[]> | undefined =>
    all && mapped(all, (ends) => mappedList(ends, change));
  const inputs = ports(interface_.inputs);
  const outputs = ports(interface_.outputs);
  if (inputs === interface_.inputs && outputs === interface_.outputs) return interface_;
  return { ...interface_, ...(inputs && { inputs }), ...(outputs && { outputs }) };
}
