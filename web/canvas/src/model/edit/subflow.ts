/** Make a subflow of a piece of a flow. */
import { end, type FlowDoc, type Interface, SUBFLOW, type WireSpec } from "../flow";
import { connectionsOf, fragmentOf } from "../fragment";
import { freshName } from "../ids";
import { spots } from "../layout";
import { fullFrom, fullTo, type Knowledge } from "../ports";
import { wireKey } from "../wires";
import { withSpot } from "./layout";
import { moveNodes } from "./layout";
import { removeNodes } from "./nodes";

export interface Made {
  outer: FlowDoc;
  inner: FlowDoc;
  /** The node that stands where the piece stood. */
  instance: string;
}

/**
 * Move nodes into a new flow `name` and put one node in their place. Wires that crossed the border lead to its inputs
 * and outputs; what the piece took from the flow around (its own connections, variables, parameters) comes with it.
 */
export function makeSubflow(doc: FlowDoc, ids: readonly string[], name: string, known: Knowledge): Made | null {
  const inside = new Set(ids.filter((id) => Object.hasOwn(doc.nodes, id)));
  if (inside.size === 0) return null;
  const instance = freshName(name, (one) => Object.hasOwn(doc.nodes, one) && !inside.has(one));
  const doors = doorsOf(doc, inside, known);
  const { inner, options } = innerFlow(doc, [...inside], name, doors.subflow, known);
  const [x, y] = middle(doc, inside);
  let outer = removeNodes(doc, inside);
  outer = { ...outer, nodes: { ...outer.nodes, [instance]: { type: SUBFLOW + name, ...(Object.keys(options).length > 0 && { options }) } } };
  outer = withSpot(outer, instance, [x, y]);
  outer = { ...outer, wires: rewired(doc, inside, doors, instance) };
  if (doc.subflow) outer.subflow = redoored(doc.subflow, inside, doors, instance, doc, known);
  return { outer, inner, instance };
}

interface Doors {
  subflow: Interface;
  /** Inner end with its port named -> the port of the instance. */
  inputs: Map<string, string>;
  outputs: Map<string, string>;
}

/** One input for each inner end that something outside feeds, one output for each that feeds something outside. */
function doorsOf(doc: FlowDoc, inside: ReadonlySet<string>, known: Knowledge): Doors {
  const into = new Set<string>();
  const out = new Set<string>();
  for (const wire of doc.wires) {
    const [from, to] = [inside.has(end(wire.from).node), inside.has(end(wire.to).node)];
    if (to && !from) into.add(text(fullTo(doc, wire.to, known)));
    if (from && !to) out.add(text(fullFrom(doc, wire.from, known)));
  }
  for (const ends of Object.values(doc.subflow?.inputs ?? {}))
    for (const at of ends) if (inside.has(end(at).node)) into.add(text(fullTo(doc, at, known)));
  for (const ends of Object.values(doc.subflow?.outputs ?? {}))
    for (const at of ends) if (inside.has(end(at).node)) out.add(text(fullFrom(doc, at, known)));
  const inputs = named(into, "in");
  const outputs = named(out, "out");
  const subflow: Interface = {};
  if (inputs.size > 0) subflow.inputs = Object.fromEntries([...inputs].map(([inner, port]) => [port, [inner]]));
  if (outputs.size > 0) subflow.outputs = Object.fromEntries([...outputs].map(([inner, port]) => [port, [inner]]));
  return { subflow, inputs, outputs };
}

/** Name doors: the only one plainly, several by the node they lead to and, where that is not enough, its port. */
function named(ends: ReadonlySet<string>, only: string): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>(["error"]);
  for (const at of ends) {
    const { node, port } = end(at);
    const twice = [...ends].filter((one) => end(one).node === node).length > 1;
    const wanted = ends.size === 1 ? only : twice || port === "error" ? `${node}-${port}` : node;
    const name = freshName(wanted, (one) => taken.has(one));
    taken.add(name);
    names.set(at, name);
  }
  return names;
}

function rewired(doc: FlowDoc, inside: ReadonlySet<string>, doors: Doors, instance: string): WireSpec[] {
  const wires: WireSpec[] = [];
  const keys = new Set<string>();
  for (const wire of doc.wires) {
    const [from, to] = [inside.has(end(wire.from).node), inside.has(end(wire.to).node)];
    if (from && to) continue;
    let next = wire;
    if (to) next = { ...wire, to: at(instance, doors.inputs, wire.to) };
    if (from) next = { ...wire, from: at(instance, doors.outputs, wire.from) };
    if (keys.has(wireKey(next))) continue;
    keys.add(wireKey(next));
    wires.push(next);
  }
  return wires;
}

/** The instance's end for an inner one: by its port, or plainly where it has only one. */
function at(instance: string, doors: ReadonlyMap<string, string>, inner: string): string {
  const { node, port } = end(inner);
  const found = [...doors].find(([key]) => end(key).node === node && (port === "" || end(key).port === port));
  return doors.size === 1 || found === undefined ? instance : `${instance}.${found[1]}`;
}

function redoored(outer: Interface, inside: ReadonlySet<string>, doors: Doors, instance: string, doc: FlowDoc, known: Knowledge): Interface {
  const change = (all: Record<string, string[]> | undefined, to: ReadonlyMap<string, string>, full: typeof fullTo) =>
    all &&
    Object.fromEntries(
      Object.entries(all).map(([port, ends]) => [
        port,
        [...new Set(ends.map((one) => (inside.has(end(one).node) ? at(instance, to, text(full(doc, one, known))) : one)))],
      ]),
    );
  const inputs = change(outer.inputs, doors.inputs, fullTo);
  const outputs = change(outer.outputs, doors.outputs, fullFrom);
  return { ...outer, ...(inputs && { inputs }), ...(outputs && { outputs }) };
}

/** The new flow, and the options that its instance needs for what the piece took from around. */
function innerFlow(
  doc: FlowDoc,
  ids: readonly string[],
  name: string,
  doors: Interface,
  known: Knowledge,
): { inner: FlowDoc; options: Record<string, unknown> } {
  const piece = fragmentOf(doc, ids, [], known);
  const options: Record<string, unknown> = {};
  const parameters: Record<string, Record<string, unknown>> = {};
  const own = new Set(Object.keys(doc.connections ?? {}));
  const nodes = Object.fromEntries(
    Object.entries(piece.nodes).map(([id, spec]) => {
      const names = connectionsOf(spec, known).filter((one) => own.has(one));
      if (names.length === 0) return [id, spec];
      const changed = { ...spec.options };
      for (const [option, value] of Object.entries(changed)) {
        if (typeof value !== "string" || !names.includes(value)) continue;
        changed[option] = `\${parameter:${value}}`;
        parameters[value] = { type: "string", "x-connection": doc.connections?.[value]?.type ?? "" };
        options[value] = value;
      }
      return [id, { ...spec, options: changed }];
    }),
  );
  const written = JSON.stringify(piece.nodes);
  for (const [, used = ""] of written.matchAll(/\$\{parameter:([\w-]+)/g)) {
    const schema = doc.subflow?.parameters?.[used];
    if (schema === undefined) continue;
    parameters[used] = schema;
    options[used] = `\${parameter:${used}}`;
  }
  const environment = Object.fromEntries(Object.entries(doc.environment ?? {}).filter(([key]) => written.includes(`\${${key}`)));
  const inner: FlowDoc = {
    flowengine: 1,
    name,
    subflow: { ...(Object.keys(parameters).length > 0 && { parameters }), ...doors },
    ...(Object.keys(environment).length > 0 && { environment }),
    nodes,
    wires: piece.wires,
    layout: piece.layout,
  };
  return { inner: inNormalPlace(inner), options };
}

/** Moved so that it begins near the corner, with room for the doors. */
function inNormalPlace(doc: FlowDoc): FlowDoc {
  const places = [...spots(doc)];
  const left = Math.min(...places.map(([, spot]) => spot[0]));
  const top = Math.min(...places.map(([, spot]) => spot[1]));
  return moveNodes(doc, places.map(([id, [x, y]]) => [id, [x - left + 240, y - top + 80]]));
}

function middle(doc: FlowDoc, ids: ReadonlySet<string>): [number, number] {
  const places = [...spots(doc)].filter(([id]) => ids.has(id)).map(([, spot]) => spot);
  const centre = (n: 0 | 1): number => {
    const all = places.map((spot) => spot[n]);
    return Math.round((Math.min(...all) + Math.max(...all)) / 2 / 20) * 20;
  };
  return [centre(0), centre(1)];
}

function text({ node, port }: { node: string; port: string }): string {
  return port ? `${node}.${port}` : node;
}
