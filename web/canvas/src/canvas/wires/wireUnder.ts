/** The wire under a box that is dragged: it goes in there when it is dropped. */
import { placeOnWire } from "../../model/edit";
import type { FlowDoc } from "../../model/flow";
import { wireKey } from "../../model/wires";
import { knowledgeOf } from "../knowledge";
import type { Drawn } from "../drawing";
import { onScreen, theStage } from "../stage";

/** The wire at a place of the screen. Its own area for the pointer is 20 px wide. */
export function wireAt(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const id = element.closest(".react-flow__edge")?.getAttribute("data-id");
    if (id) return id;
  }
  return null;
}

/** Snapped to the grid a box may lie beside the line by half a step. */
const BESIDE = [0, -9, 9];

/** The wire under the middle of a node, if the node fits into it. */
export function wireUnder(flow: string, doc: FlowDoc, { id, position, width = 0, height = 0 }: Drawn): string | null {
  const { x, y } = onScreen([position.x + width / 2, position.y + height / 2]);
  const zoom = theStage()?.instance.getZoom() ?? 1;
  for (const aside of BESIDE) {
    const key = wireAt(x, y + aside * zoom);
    const fits = key !== null && doc.wires.some((wire) => wireKey(wire) === key) && placeOnWire(doc, key, id, knowledgeOf(flow)) !== null;
    if (fits) return key;
  }
  return null;
}

let marked: Element | null = null;

/** Show which wire would take the node. The wire's own drawing stays as it is: this happens at each move of the pointer. */
export function markWire(key: string | null): void {
  const next = key === null ? null : (theStage()?.element.querySelector(`.react-flow__edge[data-id="${CSS.escape(key)}"]`) ?? null);
  if (next === marked) return;
  marked?.classList.remove("wire-takes");
  next?.classList.add("wire-takes");
  marked = next;
}
