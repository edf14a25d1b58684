/** The wire under a box that is dragged: it goes in there when it is dropped. */
import { placeOnWire } from "../model/edit";
import type { FlowDoc } from "../model/flow";
import { wireKey } from "../model/wires";
import { knowledgeOf } from "./knowledge";
import { theStage } from "./stage";

/** The wire at a place of the screen. Its own area for the pointer is 20 px wide. */
export function wireAt(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const id = element.closest(".react-flow__edge")?.getAttribute("data-id");
    if (id) return id;
  }
  return null;
}

/** The wire under the middle of a node, if the node fits into it. */
export function wireUnder(flow: string, doc: FlowDoc, node: { id: string }): string | null {
  const box = theStage()?.element.querySelector(`.react-flow__node[data-id="${CSS.escape(node.id)}"]`)?.getBoundingClientRect();
  const key = box === undefined ? null : wireAt(box.left + box.width / 2, box.top + box.height / 2);
  if (key === null || !doc.wires.some((wire) => wireKey(wire) === key)) return null;
  return placeOnWire(doc, key, node.id, knowledgeOf(flow)) === null ? null : key;
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
