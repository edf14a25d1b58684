/** Select more than what was clicked, and go through the graph by keys. */
import { end, type FlowDoc } from "../../model/flow";
import { groupsOf, notesOf, type Spot, spots } from "../../model/layout";
import { followers, forerunners, reached } from "../../model/reach";
import { wireKey } from "../../model/wires";
import { useView } from "../../store/view";
import { t } from "../../text";
import { announce } from "../../ui/notices";
import { focusCanvas, goTo, inFront } from "../stage";

export function selectAll(): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc } = front;
  const nodes = Object.keys(doc.nodes);
  useView.getState().select(flow, { nodes, wires: doc.wires.map(wireKey), marks: [...Object.keys(groupsOf(doc)), ...Object.keys(notesOf(doc))] });
  announce(t("canvas.done.selected", { count: nodes.length }));
}

export function selectNone(): void {
  const front = inFront();
  if (front !== null) useView.getState().select(front.flow, {});
  focusCanvas();
}

/** Add everything that comes before, or after, what is selected. */
export function selectAlong(way: "up" | "down"): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc, selection } = front;
  const begin = selection.nodes.length > 0 ? selection.nodes : wireNodes(doc, selection.wires, way);
  const nodes = [...reached(begin, way === "up" ? forerunners(doc) : followers(doc))];
  useView.getState().select(flow, { ...selection, nodes });
  announce(t("canvas.done.selected", { count: nodes.length }));
}

function wireNodes(doc: FlowDoc, keys: readonly string[], way: "up" | "down"): string[] {
  return doc.wires.filter((wire) => keys.includes(wireKey(wire))).map((wire) => end(way === "up" ? wire.from : wire.to).node);
}

export type Way = "left" | "right" | "up" | "down";

/** Go from the selected node to its neighbour: along a wire where one leads that way, else to the nearest. */
export function walk(way: Way): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc, selection } = front;
  const places = spots(doc);
  const now = selection.nodes.at(-1);
  const here = now === undefined ? undefined : places.get(now);
  if (now === undefined || here === undefined) {
    const first = [...places].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])[0];
    if (first !== undefined) goTo(flow, first[0]);
    return;
  }
  const next = along(doc, now, way, places, here) ?? nearest(now, way, places, here);
  if (next !== undefined) goTo(flow, next);
}

function along(doc: FlowDoc, now: string, way: Way, places: ReadonlyMap<string, Spot>, here: Spot): string | undefined {
  if (way === "up" || way === "down") return undefined;
  const next = (way === "right" ? followers(doc) : forerunners(doc)).get(now) ?? [];
  const distance = (id: string): number => Math.abs((places.get(id)?.[1] ?? 0) - here[1]);
  return [...next].filter((id) => id !== now).sort((a, b) => distance(a) - distance(b))[0];
}

/** The nearest node in a direction; what lies aside counts twice. */
function nearest(now: string, way: Way, places: ReadonlyMap<string, Spot>, here: Spot): string | undefined {
  const across = way === "left" || way === "right" ? 0 : 1;
  const sign = way === "right" || way === "down" ? 1 : -1;
  let best: string | undefined;
  let least = Infinity;
  for (const [id, spot] of places) {
    const ahead = (spot[across] - here[across]) * sign;
    const aside = Math.abs(spot[1 - across as 0 | 1] - here[1 - across as 0 | 1]);
    if (id === now || ahead <= 0 || aside > ahead * 3 + 60) continue;
    const distance = ahead + 2 * aside;
    if (distance < least) [best, least] = [id, distance];
  }
  return best;
}
