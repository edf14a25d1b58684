/** What part of a flow is seen: kept while the page lives, so that a tab that comes back is where it was. */
import type { Viewport } from "@xyflow/react";
import type { FlowDoc } from "../model/flow";
import { spots } from "../model/layout";

const views = new Map<string, Viewport>();
/** A flow up to this size is shown whole at first; of a larger one its beginning. */
const SHOWN_WHOLE = 60;

export function firstView(flow: string, doc: FlowDoc): { viewport: Viewport; fit: boolean } {
  const kept = views.get(flow);
  if (kept !== undefined) return { viewport: kept, fit: false };
  const all = [...spots(doc).values()];
  if (all.length === 0) return { viewport: { x: 0, y: 0, zoom: 1 }, fit: false };
  if (all.length <= SHOWN_WHOLE) return { viewport: { x: 0, y: 0, zoom: 1 }, fit: true };
  const left = all.reduce((least, [x]) => Math.min(least, x), Infinity);
  const top = all.reduce((least, [, y]) => Math.min(least, y), Infinity);
  return { viewport: { x: 40 - left, y: 40 - top, zoom: 1 }, fit: false };
}

export function keepView(flow: string, viewport: Viewport): void {
  views.set(flow, viewport);
}
