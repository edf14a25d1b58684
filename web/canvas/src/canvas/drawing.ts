/**
 * A flow as nodes and edges of the drawing. Pure, but with a memory: what did not change stays the same object, so that
 * an edit of one node draws one node.
 */
import type { Edge, Node } from "@xyflow/react";
import type { NodeType, Problem } from "../api/types";
import type { Marks } from "../deploy/marks";
import { end, type FlowDoc, type Group, type NodeSpec, type StickyNote, SUBFLOW, type WireSpec } from "../model/flow";
import type { Side } from "../model/edit/doors";
import { type Spot, spots } from "../model/layout";
import { type Knowledge, portsOf } from "../model/ports";
import { liveKey, wireKey } from "../model/wires";
import type { Selection } from "../store/view";
import { doors, frames, ghosts, stickies } from "./drawnMarks";
import { type Shape, shapeOf, type Wired } from "./nodes/shape";

export type Kind = NodeType["kind"] | "subflow" | "unknown";

/** What each kind of drawn thing carries. They are types, not interfaces: React Flow wants an index signature. */
export type BoxData = {
  flow: string;
  spec: NodeSpec;
  type: NodeType | undefined;
  kind: Kind;
  shape: Shape;
  mark: "added" | "changed" | "";
  problem: { severity: Problem["severity"]; count: number; text: string } | null;
  /** Names of the nodes behind its outputs. */
  followers: string;
  outputs: number;
  feeders: string;
};
export type FrameData = { flow: string; name: string; group: Group };
export type StickyData = { flow: string; note: StickyNote };
export type DoorData = { flow: string; side: Side; name: string };
export type GhostData = { type: string; name: string };
export type BoxNode = Node<BoxData, "box">;
export type FrameNode = Node<FrameData, "frame">;
export type StickyNode = Node<StickyData, "sticky">;
export type DoorNode = Node<DoorData, "door">;
export type GhostNode = Node<GhostData, "ghost">;
export type Drawn = BoxNode | FrameNode | StickyNode | DoorNode | GhostNode;

export type WireData = {
  flow: string;
  wire: WireSpec;
  live: string;
  off: boolean;
  mark: "added" | "removed" | "";
  /** Whether an end is an instance of a subflow: the running wire ends at a node inside. */
  inner: boolean;
};
export type WireEdge = Edge<WireData, "wire">;
/** From a door of the subflow to a node inside, or back. */
export type LeadEdge = Edge<{ side: Side; name: string; inner: string }, "lead">;
export type DrawnWire = WireEdge | LeadEdge;

export interface Drawing {
  nodes: Drawn[];
  edges: DrawnWire[];
}

export interface Given {
  flow: string;
  doc: FlowDoc;
  known: Knowledge;
  selection: Selection;
  marks: Marks;
  /** Whether what was removed since the last deploy is shown too. */
  diff: boolean;
  problems: readonly Problem[];
}

/** Accessible names and roles, in the language chosen. */
export interface Words {
  wire(from: string, to: string, wire: WireSpec): string;
  lead(name: string, node: string): string;
  role: Record<"node" | "wire" | "group" | "note" | "door", string>;
}

type Made<T> = { from: readonly unknown[]; made: T };

/** Draws one flow again and again: nodes and wires that did not change stay the same objects. */
export class Draughtsman {
  #nodes = new Map<string, Made<Drawn>>();
  #edges = new Map<string, Made<DrawnWire>>();

  draw(given: Given, words: Words): Drawing {
    const nodes = new Map<string, Made<Drawn>>();
    const edges = new Map<string, Made<DrawnWire>>();
    const keepNode = keeper(this.#nodes, nodes);
    const keepEdge = keeper(this.#edges, edges);
    const places = spots(given.doc);
    const shapes = new Map<string, Shape>();
    stickies(given, keepNode, words);
    boxes(given, places, shapes, keepNode, words);
    frames(given, places, shapes, keepNode, words);
    if (given.doc.subflow) doors(given, places, keepNode, keepEdge, words);
    wires(given, shapes, keepEdge, words);
    if (given.diff) ghosts(given, keepNode, keepEdge);
    this.#nodes = nodes;
    this.#edges = edges;
    return { nodes: [...nodes.values()].map(({ made }) => made), edges: [...edges.values()].map(({ made }) => made) };
  }
}

/** Gives back what was made before of the same things, else makes it. */
export type Keep<T> = (id: string, from: readonly unknown[], make: () => T) => T;

function keeper<T>(old: ReadonlyMap<string, Made<T>>, now: Map<string, Made<T>>): Keep<T> {
  return (id, from, make) => {
    const before = old.get(id);
    const same = before !== undefined && before.from.length === from.length && before.from.every((one, n) => one === from[n]);
    const found = same ? before : { from, made: make() };
    now.set(id, found);
    return found.made;
  };
}

function boxes(given: Given, places: Map<string, Spot>, shapes: Map<string, Shape>, keep: Keep<Drawn>, words: Words): void {
  const { flow, doc, known, marks } = given;
  const selected = new Set(given.selection.nodes);
  const joined = joints(doc);
  const troubles = problemsOf(given.problems);
  for (const [id, spec] of Object.entries(doc.nodes)) {
    const [x, y] = places.get(id) ?? [0, 0];
    const ports = portsOf(doc, id, known);
    const { inputs, outputs, after, before } = joined.get(id) ?? NO_JOINTS;
    const type = known.types[spec.type];
    const mark = marks.added.has(id) ? "added" : marks.changed.has(id) ? "changed" : "";
    const problem = troubles.get(id) ?? null;
    const portText = [...ports.inputs, "|", ...ports.outputs].map((p) => (typeof p === "string" ? p : `${p.name}:${p.payload}`)).join(" ");
    const wired = `${[...inputs].join(" ")}|${[...outputs].join(" ")}`;
    const followers = [...after].join(", ");
    const feeders = [...before].join(", ");
    const from = [x, y, spec, type, portText, wired, mark, problem?.text, problem?.count, problem?.severity, selected.has(id), followers, feeders, words];
    const node = keep(id, from, () => {
      const shape = shapeOf(ports, { inputs, outputs });
      return {
        id,
        type: "box",
        position: { x, y },
        width: shape.width,
        height: shape.height,
        measured: { width: shape.width, height: shape.height },
        handles: shape.handles,
        selected: selected.has(id),
        domAttributes: { "aria-roledescription": words.role.node, "aria-labelledby": labelId(id) },
        data: { flow, spec, type, kind: kindOf(spec, type), shape, mark, problem, followers, outputs: after.size, feeders },
      };
    });
    shapes.set(id, (node as BoxNode).data.shape);
  }
}

function wires({ flow, doc, selection, marks }: Given, shapes: ReadonlyMap<string, Shape>, keep: Keep<DrawnWire>, words: Words): void {
  const selected = new Set(selection.wires);
  for (const wire of doc.wires) {
    const id = wireKey(wire);
    const [from, to] = [end(wire.from), end(wire.to)];
    const [start, finish] = [shapes.get(from.node), shapes.get(to.node)];
    if (start === undefined || finish === undefined) continue;
    const out = from.port || (start.ports.find(({ side }) => side === "output")?.name ?? "");
    const port = to.port || (finish.ports.find(({ side }) => side === "input")?.name ?? "");
    const off = Boolean(wire.disabled || doc.nodes[from.node]?.disabled || doc.nodes[to.node]?.disabled);
    const mark = marks.wiresAdded.has(id) ? "added" : "";
    const inner = [from, to].some(({ node }) => doc.nodes[node]?.type.startsWith(SUBFLOW));
    keep(id, [wire, out, port, off, mark, inner, selected.has(id), words], () => ({
      id,
      type: "wire",
      source: from.node,
      target: to.node,
      sourceHandle: out,
      targetHandle: port,
      selected: selected.has(id),
      ariaLabel: words.wire(portName(from.node, out, start), portName(to.node, port, finish), wire),
      domAttributes: { "aria-roledescription": words.role.wire },
      data: { flow, wire, live: liveKey(wire, out, port), off, mark, inner },
    }));
  }
}

interface Joints extends Wired {
  after: ReadonlySet<string>;
  before: ReadonlySet<string>;
}

const NO_JOINTS: Joints = { inputs: new Set(), outputs: new Set(), after: new Set(), before: new Set() };

function joints(doc: FlowDoc): Map<string, Joints> {
  const found = new Map<string, { inputs: Set<string>; outputs: Set<string>; after: Set<string>; before: Set<string> }>();
  const of = (id: string) => {
    const there = found.get(id) ?? { inputs: new Set(), outputs: new Set(), after: new Set(), before: new Set() };
    found.set(id, there);
    return there;
  };
  for (const wire of doc.wires) {
    const [from, to] = [end(wire.from), end(wire.to)];
    const start = of(from.node);
    const finish = of(to.node);
    start.outputs.add(from.port);
    start.after.add(to.node);
    finish.inputs.add(to.port);
    finish.before.add(from.node);
  }
  for (const [side, ports] of Object.entries({ inputs: doc.subflow?.inputs ?? {}, outputs: doc.subflow?.outputs ?? {} }))
    for (const inner of Object.values(ports).flat()) of(end(inner).node)[side as Side].add(end(inner).port);
  return found;
}

function problemsOf(problems: readonly Problem[]): Map<string, NonNullable<BoxData["problem"]>> {
  const found = new Map<string, NonNullable<BoxData["problem"]>>();
  for (const { node, severity, message } of problems) {
    const id = node.split("/")[0] ?? "";
    const before = found.get(id);
    const worse = before === undefined || (before.severity === "warning" && severity === "error");
    found.set(id, { severity: worse ? severity : before.severity, count: (before?.count ?? 0) + 1, text: worse ? message : before.text });
  }
  return found;
}

function kindOf(spec: NodeSpec, type: NodeType | undefined): Kind {
  if (spec.type.startsWith(SUBFLOW)) return type === undefined ? "unknown" : "subflow";
  return type?.kind ?? "unknown";
}

/** What a node looks like: its kind, or a tool for those who build the flow. */
export function lookOf(kind: Kind, type: string): Kind | "tool" {
  return type.startsWith("debug/") ? "tool" : kind;
}

function portName(node: string, port: string, shape: Shape): string {
  const side = shape.ports.filter((one) => one.name === port || one.side === shape.ports.find(({ name }) => name === port)?.side);
  return side.filter(({ name }) => name !== "error").length > 1 || port === "error" ? `${node}.${port}` : node;
}

/** The id of the element that holds a node's name; ids with spaces would be read as several. */
export function labelId(node: string): string {
  return `node-${node.replace(/[^\w-]/g, (char) => `_${char.charCodeAt(0).toString(16)}`)}`;
}
