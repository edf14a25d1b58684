/** A node type on its way from the palette to the canvas. Pointer events, so that a finger can do it too. */
import { create } from "zustand";
import { addType } from "../canvas/deeds/add";
import { placeAt, theStage } from "../canvas/stage";
import { markWire, wireAt } from "../canvas/wires/wireUnder";
import { placeOnWire } from "../model/edit";
import { knowledgeOf } from "../canvas/knowledge";
import { useProject } from "../store/project";
import type { NodeType } from "../api/types";

interface Dragging {
  type: NodeType | null;
  x: number;
  y: number;
  /** Whether it may be let go here. */
  over: boolean;
}

export const useDragging = create<Dragging>()(() => ({ type: null, x: 0, y: 0, over: false }));

const NOTHING = { type: null, over: false };
/** Half of a node's box: the pointer holds it in the middle. */
const HALF = { x: 80, y: 23 };
/** So far a press may wander without being a drag. */
const STILL = 4;
/** A finger that rests so long (milliseconds) drags in any direction; one that goes up or down at once scrolls the palette. */
const HOLD = 250;

/** Follow a press on an entry. What is made of it (a click, a scroll) is left alone until the pointer has moved. */
export function followPress(type: NodeType, press: PointerEvent): void {
  if (press.button !== 0) return;
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== press.pointerId) return;
    const { type: now } = useDragging.getState();
    if (now === null && Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < STILL) return;
    const { clientX: x, clientY: y } = event;
    useDragging.setState({ type, x, y, over: isOver(x, y) });
    markWire(isOver(x, y) ? wireFor(type.type, x, y) : null);
  };
  const hold = press.pointerType === "touch" ? window.setTimeout(() => useDragging.setState({ type, x: press.clientX, y: press.clientY }), HOLD) : 0;
  const noScroll = (event: TouchEvent): void => {
    if (useDragging.getState().type !== null && event.cancelable) event.preventDefault();
  };
  const end = (): void => {
    clearTimeout(hold);
    removeEventListener("touchmove", noScroll);
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", end);
    removeEventListener("keydown", key, true);
    markWire(null);
    useDragging.setState(NOTHING);
  };
  const up = (event: PointerEvent): void => {
    if (event.pointerId !== press.pointerId) return;
    const { type: dragged } = useDragging.getState();
    end();
    if (dragged !== null && isOver(event.clientX, event.clientY)) drop(type.type, event.clientX, event.clientY);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end();
  };
  addEventListener("touchmove", noScroll, { passive: false });
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", end);
  addEventListener("keydown", key, true);
}

function drop(type: string, x: number, y: number): void {
  const stage = theStage();
  if (stage === null) return;
  const wire = wireFor(type, x, y) ?? undefined;
  addType(stage.flow, type, { at: placeAt({ x: x - HALF.x * stage.instance.getZoom(), y: y - HALF.y * stage.instance.getZoom() }), wire });
}

function isOver(x: number, y: number): boolean {
  const element = theStage()?.element;
  return element?.contains(document.elementFromPoint(x, y)) ?? false;
}

/** The wire there, if a node of that type fits into it. */
function wireFor(type: string, x: number, y: number): string | null {
  const stage = theStage();
  const key = wireAt(x, y);
  const doc = stage === null ? undefined : useProject.getState().flows[stage.flow];
  if (stage === null || key === null || doc === undefined) return null;
  const trial = { ...doc, nodes: { ...doc.nodes, "": { type } } };
  return placeOnWire(trial, key, "", knowledgeOf(stage.flow)) === null ? null : key;
}
