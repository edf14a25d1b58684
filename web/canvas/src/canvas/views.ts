/** What part of a flow is seen: kept while the page lives, so that a tab that comes back is where it was. */
import type { ReactFlowInstance, Viewport } from "@xyflow/react";
import type { FlowDoc } from "../model/flow";
import { spots } from "../model/layout";
import type { Drawn, DrawnWire } from "./drawing";

interface Seen {
  viewport: Viewport;
  whole: boolean;
  /** Of the window, in pixels. */
  size: Size;
}

export interface Size {
  width: number;
  height: number;
}

const views = new Map<string, Seen>();
/** A flow up to this size is shown whole at first; of a larger one its beginning. */
const SHOWN_WHOLE = 60;

/** Where a flow is looked at when its tab comes to the front: where it was left, else its beginning or the whole of it. */
export function firstView(flow: string, doc: FlowDoc): { viewport: Viewport; fit: boolean } {
  const kept = views.get(flow);
  if (kept !== undefined) return { viewport: sameMiddle(kept.viewport, kept.size, ofWindow()), fit: kept.whole && !isSame(kept.size, ofWindow()) };
  const all = [...spots(doc).values()];
  if (all.length === 0) return { viewport: { x: 0, y: 0, zoom: 1 }, fit: false };
  if (all.length <= SHOWN_WHOLE) return { viewport: { x: 0, y: 0, zoom: 1 }, fit: true };
  const left = all.reduce((least, [x]) => Math.min(least, x), Infinity);
  const top = all.reduce((least, [, y]) => Math.min(least, y), Infinity);
  return { viewport: { x: 40 - left, y: 40 - top, zoom: 1 }, fit: false };
}

/** Remember where a flow was looked at. */
export function keepView(flow: string, viewport: Viewport, whole: boolean): void {
  views.set(flow, { viewport, whole, size: ofWindow() });
}

/** The size of the window. */
export function ofWindow(): Size {
  return { width: innerWidth, height: innerHeight };
}

/** Compare two sizes. */
export function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** What is in the middle stays there when there is more room, or less. */
export function sameMiddle({ x, y, zoom }: Viewport, before: Size, now: Size): Viewport {
  return { x: x + (now.width - before.width) / 2, y: y + (now.height - before.height) / 2, zoom };
}

/** Whether all of the flow can be seen in a canvas of this size. */
export function seesWhole(instance: ReactFlowInstance<Drawn, DrawnWire>, { width, height }: Size): boolean {
  const { x, y, zoom } = instance.getViewport();
  const box = instance.getNodesBounds(instance.getNodes());
  const [left, top] = [box.x * zoom + x, box.y * zoom + y];
  return left >= 0 && top >= 0 && left + box.width * zoom <= width && top + box.height * zoom <= height;
}
