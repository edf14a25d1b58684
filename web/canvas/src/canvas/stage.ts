/** The canvas in front, for actions: they run from keys and menus, outside of its components. */
import type { ReactFlowInstance } from "@xyflow/react";
import { GRID, onGrid, type Spot } from "../model/layout";
import { type Selection, selectionOf, useView } from "../store/view";
import { useProject } from "../store/project";
import type { FlowDoc } from "../model/flow";
import type { Drawn, DrawnWire } from "./drawing";

/** How a whole flow is shown: as large as there is room for, but no node larger than life. */
export const WHOLE = { maxZoom: 1, padding: 0.04 };

interface Stage {
  flow: string;
  instance: ReactFlowInstance<Drawn, DrawnWire>;
  element: HTMLElement;
}

let stage: Stage | null = null;
/** Where the pointer was last over the canvas, on the screen; null: it is elsewhere. */
let pointer: { x: number; y: number } | null = null;

/** A canvas comes to the front; the function that is returned takes it away again. */
export function enterStage(next: Stage): () => void {
  stage = next;
  return () => {
    if (stage === next) stage = null;
  };
}

/** The canvas in front; null: none is drawn. */
export function theStage(): Stage | null {
  return stage;
}

/** Note where the pointer is on the screen; null: not over the canvas. */
export function pointerAt(at: { x: number; y: number } | null): void {
  pointer = at;
}

/** Where the pointer is on the screen; null: not over the canvas. */
export function thePointer(): { x: number; y: number } | null {
  return pointer;
}

/** The flow in front with what is selected in it; null while none is drawn. */
export function inFront(): { flow: string; doc: FlowDoc; selection: Selection } | null {
  const { active, flows } = useProject.getState();
  const doc = active === null ? undefined : flows[active];
  return active === null || doc === undefined ? null : { flow: active, doc, selection: selectionOf(active) };
}

/** The middle of what is seen, in the flow's own measures. */
export function middleOfView(): Spot {
  if (stage === null) return [200, 120];
  const { left, top, width, height } = stage.element.getBoundingClientRect();
  const { x, y } = stage.instance.screenToFlowPosition({ x: left + width / 2, y: top + height / 2 }, { snapToGrid: false });
  return onGrid([x - 80, y - 23]);
}

/** Where on the screen a place of the flow is. */
export function onScreen([x, y]: Spot): { x: number; y: number } {
  return stage?.instance.flowToScreenPosition({ x, y }) ?? { x: 200, y: 200 };
}

/** Where in the flow a place on the screen is. */
export function inFlow(at: { x: number; y: number }): Spot {
  const found = stage?.instance.screenToFlowPosition(at, { snapToGrid: false }) ?? at;
  return [found.x, found.y];
}

/** Where nodes are put: to the grid. */
export function placeAt(at: { x: number; y: number }): Spot {
  return onGrid(inFlow(at));
}

/** Select a node, bring it into view if it is not, and give it the focus. */
export function goTo(flow: string, node: string, focus = true): void {
  useView.getState().select(flow, { nodes: [node] });
  show(node);
  if (focus) focusOn(node);
}

/** Bring a node into view if it is outside. */
function show(node: string): void {
  if (stage === null) return;
  const found = stage.instance.getInternalNode(node);
  if (found === undefined) return;
  const { x, y } = found.internals.positionAbsolute;
  const { width = 160, height = 46 } = found.measured;
  const view = stage.element.getBoundingClientRect();
  const corner = stage.instance.flowToScreenPosition({ x, y });
  const end = stage.instance.flowToScreenPosition({ x: x + width, y: y + height });
  const inside = corner.x >= view.left + GRID && corner.y >= view.top + GRID && end.x <= view.right - GRID && end.y <= view.bottom - GRID;
  if (!inside) void stage.instance.setCenter(x + width / 2, y + height / 2, { zoom: Math.max(0.6, stage.instance.getZoom()) });
}

/**
 * Give a node or wire the focus as soon as it is drawn; what is off the screen is drawn only when it comes into view.
 * Whoever has gone on meanwhile, into a field or a dialog, keeps the focus there.
 */
export function focusOn(id: string, tries = 12, before = document.activeElement): void {
  const now = document.activeElement;
  if (now !== before && now?.closest("input, textarea, [contenteditable], dialog, [role=dialog], [role=menu]")) return;
  const element = stage?.element.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  if (element) element.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusOn(id, tries - 1, before));
  else focusCanvas();
}

/** Give the canvas back the focus: what had it has gone. */
export function focusCanvas(): void {
  stage?.element.focus({ preventScroll: true });
}
