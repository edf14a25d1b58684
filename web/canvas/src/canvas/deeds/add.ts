/** Put new things into the flow in front. */
import { addNode, addNote, connect, insertOnWire, placeOnWire } from "../../model/edit";
import { end, type FlowDoc, NOTE } from "../../model/flow";
import { freshName, nameFor } from "../../model/ids";
import { type PortEnd, whyNot } from "../../model/judge";
import { type Spot, spotOf, spots } from "../../model/layout";
import { type Knowledge, inputEnd, outputEnd, portsOf } from "../../model/ports";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { t } from "../../text";
import { announce } from "../../ui/notices";
import { knowledgeOf } from "../knowledge";
import { goTo, inFront, middleOfView, placeAt, thePointer } from "../stage";
import { useWriting } from "../writing";

export interface Where {
  at?: Spot;
  /** Wire it to this port. */
  from?: PortEnd;
  /** Put it into this wire. */
  wire?: string;
}

/**
 * Add a node of a type. Without a place it goes to the middle of the view or, with one node selected that it can follow,
 * behind that and wired to it. Returns its name.
 */
export function addType(flow: string, type: string, where: Where = {}): string | null {
  const doc = useProject.getState().flows[flow];
  if (doc === undefined) return null;
  const known = knowledgeOf(flow);
  const id = freshName(nameFor(type), (name) => Object.hasOwn(doc.nodes, name));
  const from = where.from ?? (where.at === undefined && where.wire === undefined ? selectedOutput(flow, doc) : undefined);
  const at = where.at ?? behind(doc, from) ?? free(doc, middleOfView());
  let to: string | null = null;
  useProject.getState().edit(t("step.add", { node: id }), flow, (before) => {
    const added = addNode(before, id, { type }, at);
    if (where.wire !== undefined) return inserted(added, where.wire, id, known);
    const wired = from === undefined ? null : wiredTo(added, from, id, known);
    to = wired === null ? null : (from?.node ?? null);
    return wired ?? added;
  });
  goTo(flow, id);
  if (where.wire !== undefined) {
    const [before = "", after = ""] = where.wire.split(">");
    announce(t("canvas.done.inserted", { node: id, from: before, to: after }));
  } else announce(to === null ? t("canvas.done.added", { node: id }) : t("canvas.done.added-connected", { node: id, to }));
  return id;
}

/** With the node wired to that port; null if nothing of it fits. */
function wiredTo(doc: FlowDoc, from: PortEnd, id: string, known: Knowledge): FlowDoc | null {
  const ports = portsOf(doc, id, known);
  const others = portsOf(doc, from.node, known);
  const mine = from.side === "output" ? ports.inputs : ports.outputs;
  const fitting = mine.find(({ name }) => whyNot(doc, from, { node: id, port: name, side: from.side === "output" ? "input" : "output" }, known) === null);
  if (fitting === undefined) return null;
  return from.side === "output"
    ? connect(doc, { from: outputEnd(from.node, from.port, others), to: inputEnd(id, fitting.name, ports) })
    : connect(doc, { from: outputEnd(id, fitting.name, ports), to: inputEnd(from.node, from.port, others) });
}

function inserted(doc: FlowDoc, wire: string, id: string, known: Knowledge): FlowDoc {
  const ends = placeOnWire(doc, wire, id, known);
  return ends === null ? doc : insertOnWire(doc, wire, ...ends);
}

/** The first output of the node that is selected alone. */
function selectedOutput(flow: string, doc: FlowDoc): PortEnd | undefined {
  const { nodes = [] } = useView.getState().selections[flow] ?? {};
  const [node] = nodes;
  if (node === undefined || nodes.length !== 1) return undefined;
  const { outputs } = portsOf(doc, node, knowledgeOf(flow));
  const wired = new Set(doc.wires.filter(({ from }) => end(from).node === node).map(({ from }) => end(from).port || outputs[0]?.name));
  const port = outputs.find(({ name }) => !wired.has(name)) ?? outputs[0];
  return port && { node, port: port.name, side: "output" };
}

function behind(doc: FlowDoc, from: PortEnd | undefined): Spot | null {
  const spot = from === undefined ? null : (spotOf(doc, from.node) ?? spots(doc).get(from.node));
  return spot ? free(doc, [spot[0] + (from?.side === "output" ? 220 : -220), spot[1]]) : null;
}

/** A place near this one where no node stands. */
function free(doc: FlowDoc, [x, y]: Spot): Spot {
  const taken = [...spots(doc).values()];
  let at: Spot = [x, y];
  while (taken.some(([a, b]) => Math.abs(a - at[0]) < 100 && Math.abs(b - at[1]) < 50)) at = [at[0], at[1] + 60];
  return at;
}

/** Add a note and begin to write in it. */
export function addNoteHere(): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc } = front;
  const pointer = thePointer();
  const id = freshName("note", (name) => Object.hasOwn(doc.layout ?? {}, NOTE + name));
  const at = pointer === null ? middleOfView() : placeAt(pointer);
  useProject.getState().edit(t("step.note"), flow, (before) => addNote(before, id, { at, size: [200, 100], text: "" }));
  useView.getState().select(flow, { marks: [NOTE + id] });
  useWriting.setState({ note: NOTE + id });
}

/** Put a node that stands alone into a wire it was dropped on. */
export function insertInto(flow: string, wire: string, node: string, doc: FlowDoc): FlowDoc {
  return inserted(doc, wire, node, knowledgeOf(flow));
}

/** Whether a node has no wires at all. */
export function isAlone(doc: FlowDoc, node: string): boolean {
  return !doc.wires.some(({ from, to }) => end(from).node === node || end(to).node === node);
}

