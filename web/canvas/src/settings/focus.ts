/** The way of the focus from the canvas into the form and back. */
import { create } from "zustand";
import { useView } from "../store/view";

/** Counts up when the first field of the settings is to get the focus; 0: it has it. */
export const useFocusWish = create<{ wish: number }>()(() => ({ wish: 0 }));

/** Open the settings of what is selected, with the focus in its first field. */
export function openSettings(): void {
  useView.getState().openDrawer("settings");
  useFocusWish.setState({ wish: useFocusWish.getState().wish + 1 });
}

/** Give the focus back to a node; one that is out of sight is not drawn, then the canvas gets it. */
export function backToCanvas(node: string | undefined): void {
  const drawn = node === undefined ? null : document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(node)}"]`);
  const canvas = document.querySelector<HTMLElement>(".react-flow__pane")?.closest<HTMLElement>("[tabindex]");
  if (drawn) drawn.focus();
  else if (canvas) canvas.focus();
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

const FOCUSABLE = "input, select, textarea, button, summary, [contenteditable], a[href]";

/** Keep the focus at its place in a pane that is about to be drawn anew: return the function that brings it back. */
export function keepPlace(inside: Element | null, target: EventTarget | null): () => void {
  const pane = inside?.closest(".settings") ?? null;
  const at = pane === null ? -1 : [...pane.querySelectorAll(FOCUSABLE)].indexOf(target as Element);
  return () => {
    if (at < 0) return;
    requestAnimationFrame(() => document.querySelectorAll<HTMLElement>(`.settings :is(${FOCUSABLE})`)[at]?.focus());
  };
}
