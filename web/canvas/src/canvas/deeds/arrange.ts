/** Move, align, distribute, lay out. */
import { aligned, type Box, distributed, type Edge } from "../../model/align";
import type { Drawing } from "../../model/arrange";
import { moveNodes } from "../../model/edit";
import { end, type FlowDoc } from "../../model/flow";
import { GRID, isNote, notesOf, onGrid, type Spot, spots } from "../../model/layout";
import { useProject } from "../../store/project";
import { t } from "../../text";
import { announce } from "../../ui/notices";
import { inFront, theStage } from "../stage";
import { WIDTH, HEIGHT } from "../nodes/shape";
import type { Way } from "./select";

const STEPS: Record<Way, Spot> = { left: [-GRID, 0], right: [GRID, 0], up: [0, -GRID], down: [0, GRID] };

/** Move what is selected by one step of the grid, or ten. */
export function nudge(way: Way, times = 1): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc } = front;
  const [dx, dy] = STEPS[way];
  const moved = selectedBoxes(doc, front.selection).map(({ key, x, y }): [string, Spot] => [key, [x + dx * times, y + dy * times]]);
  move(flow, moved, t("step.move", { count: moved.length }));
}

export function align(edge: Edge): void {
  const front = inFront();
  if (front !== null) move(front.flow, aligned(selectedBoxes(front.doc, front.selection), edge), t("step.align"));
}

export function distribute(way: "across" | "down"): void {
  const front = inFront();
  if (front !== null) move(front.flow, distributed(selectedBoxes(front.doc, front.selection), way), t("step.align"));
}

/** Lay out the selection, or the flow if there is none. */
export async function arrangeFlow(): Promise<void> {
  const front = inFront();
  if (front === null) return;
  const { flow, doc, selection } = front;
  const chosen = new Set(selection.nodes.length > 1 ? selection.nodes : Object.keys(doc.nodes));
  const boxes = boxesOf(doc).filter(({ key }) => chosen.has(key));
  const wires = doc.wires.filter(({ feedback }) => feedback === undefined).map(({ from, to }): [string, string] => [end(from).node, end(to).node]);
  const places = await arranged({ boxes, wires });
  move(flow, places, t("step.arrange"));
}

/** Above so many nodes the page would stand still: a worker does it. */
const MANY = 300;

async function arranged(drawing: Drawing): Promise<[string, Spot][]> {
  if (drawing.boxes.length <= MANY) return (await import("../../model/arrange")).arrange(drawing);
  const worker = new Worker(new URL("../../model/arrange.worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((done, failed) => {
      worker.onmessage = ({ data }: MessageEvent<[string, Spot][]>) => done(data);
      worker.onerror = (event) => failed(new Error(event.message));
      worker.postMessage(drawing);
    });
  } finally {
    worker.terminate();
  }
}

function move(flow: string, places: [string, Spot][], label: string): void {
  if (places.length === 0) return;
  useProject.getState().edit(label, flow, (doc) => moveNodes(doc, places));
  announce(t("canvas.done.moved"));
}

/** The boxes of all nodes, as large as they are drawn. */
function boxesOf(doc: FlowDoc): Box[] {
  const instance = theStage()?.instance;
  return [...spots(doc)].map(([key, [x, y]]) => {
    const drawn = instance?.getNode(key);
    return { key, x, y, width: drawn?.width ?? WIDTH, height: drawn?.height ?? HEIGHT };
  });
}

function selectedBoxes(doc: FlowDoc, { nodes, marks }: { nodes: string[]; marks: string[] }): Box[] {
  const inGroups = marks.flatMap((key) => (doc.layout?.[key] as { nodes?: string[] } | undefined)?.nodes ?? []);
  const chosen = new Set([...nodes, ...inGroups]);
  const notes = Object.entries(notesOf(doc)).filter(([key]) => marks.includes(key));
  return [
    ...boxesOf(doc).filter(({ key }) => chosen.has(key)),
    ...notes.map(([key, { at, size }]) => ({ key, x: at[0], y: at[1], width: size[0], height: size[1] })),
  ];
}

/** Where dragged things were left: nodes and notes as they lie, groups with all that is in them. */
export function dropped(doc: FlowDoc, places: ReadonlyMap<string, Spot>): FlowDoc {
  const moved = [...places].filter(([key]) => Object.hasOwn(doc.nodes, key) || isNote(doc.layout?.[key]) || /^\$(input|output):/.test(key));
  return moveNodes(doc, moved.map(([key, spot]) => [key, onGrid(spot)] as const));
}
