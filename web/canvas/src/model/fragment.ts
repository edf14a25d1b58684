/**
 * A piece of a flow, as it lies on the clipboard: itself a flow file, so that it can be pasted into an editor, a mail, or
 * another canvas.
 */
import { type ConnectionSpec, end, type FlowDoc, type Group, type NodeSpec, type WireSpec } from "./flow";
import { asName, freshName, isName, nameFor } from "./ids";
import { groupsOf, notesOf, type Spot, spots } from "./layout";
import type { Knowledge } from "./ports";

/** Copy nodes with the wires between them, notes, groups that lie within, and the flow's own connections they use. */
export function fragmentOf(doc: FlowDoc, ids: readonly string[], marks: readonly string[], known: Knowledge): FlowDoc {
  const all = new Set(ids.filter((id) => Object.hasOwn(doc.nodes, id)));
  const places = spots(doc);
  const layout: Record<string, unknown> = {};
  for (const id of all) layout[id] = places.get(id);
  for (const [key, group] of Object.entries(groupsOf(doc))) if (group.nodes.every((id) => all.has(id))) layout[key] = group;
  for (const [key, note] of Object.entries(notesOf(doc))) if (marks.includes(key)) layout[key] = note;
  const nodes = Object.fromEntries(Object.entries(doc.nodes).filter(([id]) => all.has(id)));
  const used = new Set(Object.values(nodes).flatMap((spec) => connectionsOf(spec, known)));
  const connections = Object.fromEntries(Object.entries(doc.connections ?? {}).filter(([name]) => used.has(name)));
  const wires = doc.wires.filter((wire) => all.has(end(wire.from).node) && all.has(end(wire.to).node));
  return { flowengine: 1, ...(Object.keys(connections).length > 0 && { connections }), nodes, wires, layout };
}

/** Read what lies on the clipboard; null: it is no piece of a flow. */
export function readFragment(text: string): FlowDoc | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const doc = value as Partial<FlowDoc> | null;
  if (typeof doc !== "object" || doc === null || doc.flowengine !== 1) return null;
  const nodes = isRecord(doc.nodes) ? doc.nodes : {};
  if (!Object.values(nodes).every((spec) => isRecord(spec) && typeof spec["type"] === "string")) return null;
  const wires = Array.isArray(doc.wires) ? doc.wires : [];
  if (!wires.every((wire) => isRecord(wire) && typeof wire["from"] === "string" && typeof wire["to"] === "string")) return null;
  const layout = isRecord(doc.layout) ? doc.layout : {};
  const connections = isRecord(doc.connections) ? (doc.connections as Record<string, ConnectionSpec>) : {};
  return { flowengine: 1, connections, nodes: nodes as Record<string, NodeSpec>, wires: wires as WireSpec[], layout };
}

export interface Pasted {
  doc: FlowDoc;
  nodes: string[];
  marks: string[];
  /** Connections that came with it, and those that it names and that are not here. */
  brought: string[];
  missing: string[];
}

/** Put a piece into a flow, moved so that its top left corner is at `at`; names that are taken get a number. */
export function paste(doc: FlowDoc, piece: FlowDoc, at: Spot, shared: Readonly<Record<string, ConnectionSpec>>, known: Knowledge): Pasted {
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(doc.nodes));
  for (const [id, spec] of Object.entries(piece.nodes)) {
    const wanted = isName(id) ? id : asName(id) || nameFor(spec.type);
    const name = freshName(wanted, (one) => taken.has(one));
    taken.add(name);
    names.set(id, name);
  }
  const moved = mover(piece, at);
  const layout: Record<string, unknown> = { ...doc.layout };
  const marks: string[] = [];
  for (const [id, spot] of spots(piece)) layout[names.get(id) ?? id] = moved(spot);
  const keep = (key: string, value: unknown): void => {
    const fresh = freshName(key, (one) => Object.hasOwn(layout, one));
    layout[fresh] = value;
    marks.push(fresh);
  };
  for (const [key, note] of Object.entries(notesOf(piece))) keep(key, { ...note, at: moved(note.at) });
  for (const [key, group] of Object.entries(groupsOf(piece))) keep(key, regrouped(group, names));
  const wires = piece.wires.flatMap((wire) => rewired(wire, names));
  const nodes = { ...doc.nodes };
  for (const [id, spec] of Object.entries(piece.nodes)) nodes[names.get(id) ?? id] = spec;
  const { connections, brought, missing } = withConnections(doc, piece, shared, known);
  const next: FlowDoc = { ...doc, nodes, wires: [...doc.wires, ...wires], layout, ...(brought.length > 0 && { connections }) };
  const nothing = names.size === 0 && marks.length === 0;
  return { doc: nothing ? doc : next, nodes: [...names.values()], marks, brought, missing };
}

/** The connections that a node's options name. */
export function connectionsOf(spec: NodeSpec, { types }: Knowledge): string[] {
  const properties = (types[spec.type]?.schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
  return Object.keys(properties)
    .filter((option) => properties[option]?.["x-connection"] !== undefined)
    .map((option) => spec.options?.[option])
    .filter((name) => typeof name === "string" && name !== "" && !name.includes("${")) as string[];
}

function withConnections(
  doc: FlowDoc,
  piece: FlowDoc,
  shared: Readonly<Record<string, ConnectionSpec>>,
  known: Knowledge,
): { connections: Record<string, ConnectionSpec>; brought: string[]; missing: string[] } {
  const connections = { ...doc.connections };
  const used = [...new Set(Object.values(piece.nodes).flatMap((spec) => connectionsOf(spec, known)))];
  const absent = used.filter((name) => !Object.hasOwn(connections, name) && !Object.hasOwn(shared, name));
  const brought = absent.filter((name) => Object.hasOwn(piece.connections ?? {}, name));
  for (const name of brought) connections[name] = piece.connections?.[name] as ConnectionSpec;
  return { connections, brought, missing: absent.filter((name) => !brought.includes(name)) };
}

function mover(piece: FlowDoc, [x, y]: Spot): (spot: Spot) => Spot {
  const all = [...spots(piece).values(), ...Object.values(notesOf(piece)).map(({ at }) => at)];
  const left = Math.min(...all.map((spot) => spot[0]));
  const top = Math.min(...all.map((spot) => spot[1]));
  return (spot) => [spot[0] - left + x, spot[1] - top + y];
}

function rewired(wire: WireSpec, names: ReadonlyMap<string, string>): WireSpec[] {
  const [from, to] = [end(wire.from), end(wire.to)];
  const [start, finish] = [names.get(from.node), names.get(to.node)];
  if (start === undefined || finish === undefined) return [];
  return [{ ...wire, from: start + (from.port && `.${from.port}`), to: finish + (to.port && `.${to.port}`) }];
}

function regrouped(group: Group, names: ReadonlyMap<string, string>): Group {
  return { ...group, nodes: group.nodes.flatMap((id) => names.get(id) ?? []) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
