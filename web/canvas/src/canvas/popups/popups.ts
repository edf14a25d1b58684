/** What is open over the canvas: one thing at a time. Closing it gives the focus back. */
import { create } from "zustand";
import type { PortEnd } from "../../model/judge";
import type { Spot } from "../../model/layout";
import { focusCanvas } from "../stage";

interface Point {
  x: number;
  y: number;
}

export type Popup =
  /** Choose a node to add. `from`: it is wired to that port; `wire`: it goes into that wire; no `at`: behind the selected node. */
  | { kind: "add"; flow: string; screen: Point; at?: Spot; from?: PortEnd; wire?: string }
  | { kind: "connect"; flow: string; node: string; screen: Point }
  | { kind: "disconnect"; flow: string; node: string; screen: Point }
  | { kind: "menu"; flow: string; screen: Point; of: "node" | "wire" | "canvas" | "mark" }
  /** A wire that is to feed back: one there is already, or one that would close a loop. */
  | { kind: "feedback"; flow: string; from: string; to: string; wire?: string }
  | { kind: "name"; flow: string; of: "group" | "subflow" | "door"; was: string; key?: string };

interface Popups {
  popup: Popup | null;
  /** What had the focus before. */
  before: HTMLElement | SVGElement | null;
}

export const usePopups = create<Popups>()(() => ({ popup: null, before: null }));

export function open(popup: Popup): void {
  const { popup: now, before } = usePopups.getState();
  const active = document.activeElement;
  const focused = active instanceof HTMLElement || active instanceof SVGElement ? active : null;
  usePopups.setState({ popup, before: now === null ? focused : before });
}

/** Close it; the focus goes back to where it was, unless what was chosen has put it elsewhere (`keep`). */
export function close(keep = false): void {
  const { before } = usePopups.getState();
  usePopups.setState({ popup: null, before: null });
  if (keep) return;
  if (before !== null && before !== document.body && before.isConnected) before.focus({ preventScroll: true });
  else focusCanvas();
}
