/** Lay a flow out by itself, from left to right (dagre). Slow for large flows: see arrangeSoon.ts. */
import { graphlib, layout } from "@dagrejs/dagre";
import { type Box } from "./align";
import { onGrid, type Spot } from "./layout";

export interface Drawing {
  boxes: Box[];
  /** Pairs of keys, feedback wires left out. */
  wires: [string, string][];
}

/** New places for the boxes; the drawing keeps its top left corner. */
export function arrange({ boxes, wires }: Drawing): [string, Spot][] {
  if (boxes.length === 0) return [];
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 34, ranksep: 70, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { key, width, height } of boxes) graph.setNode(key, { width, height });
  const known = new Set(boxes.map(({ key }) => key));
  for (const [from, to] of wires) if (known.has(from) && known.has(to)) graph.setEdge(from, to);
  layout(graph);
  const found = boxes.map(({ key, width, height }) => {
    const { x, y } = graph.node(key) as { x: number; y: number };
    return { key, x: x - width / 2, y: y - height / 2 };
  });
  const dx = Math.min(...boxes.map(({ x }) => x)) - Math.min(...found.map(({ x }) => x));
  const dy = Math.min(...boxes.map(({ y }) => y)) - Math.min(...found.map(({ y }) => y));
  return found.map(({ key, x, y }) => [key, onGrid([x + dx, y + dy])]);
}
