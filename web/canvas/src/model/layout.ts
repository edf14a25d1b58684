/** Where boxes stand: positions of nodes, groups and notes in a flow's `layout`, read with care since people write it too. */
import { type FlowDoc, GROUP, type Group, NOTE, type StickyNote } from "./flow";

export type Spot = [number, number];

export const INPUT = "$input:";
export const OUTPUT = "$output:";
export const GRID = 20;

/** Where a node stands; nodes without a position stand in a row of their own. */
export function spotOf(doc: FlowDoc, key: string): Spot | null {
  const value = doc.layout?.[key];
  return isSpot(value) ? value : null;
}

/** The position of every node: the written one, else a place below everything that has one. */
export function spots(doc: FlowDoc): Map<string, Spot> {
  const found = new Map<string, Spot>();
  const lost: string[] = [];
  let bottom = 0;
  for (const id of Object.keys(doc.nodes)) {
    const spot = spotOf(doc, id);
    if (spot === null) lost.push(id);
    else {
      found.set(id, spot);
      bottom = Math.max(bottom, spot[1] + 100);
    }
  }
  lost.forEach((id, n) => found.set(id, [60 + (n % 6) * 200, bottom + 60 + Math.floor(n / 6) * 80]));
  return found;
}

export function groupsOf(doc: FlowDoc): Record<string, Group> {
  const found: Record<string, Group> = {};
  for (const [key, value] of Object.entries(doc.layout ?? {})) if (key.startsWith(GROUP) && isGroup(value)) found[key] = value;
  return found;
}

export function notesOf(doc: FlowDoc): Record<string, StickyNote> {
  const found: Record<string, StickyNote> = {};
  for (const [key, value] of Object.entries(doc.layout ?? {})) if (key.startsWith(NOTE) && isNote(value)) found[key] = value;
  return found;
}

/** Round a position to the grid. */
export function onGrid([x, y]: Spot): Spot {
  return [Math.round(x / GRID) * GRID, Math.round(y / GRID) * GRID];
}

function isSpot(value: unknown): value is Spot {
  return Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === "number" && Number.isFinite(n));
}

export function isGroup(value: unknown): value is Group {
  const nodes = (value as Group | null)?.nodes;
  return Array.isArray(nodes) && nodes.every((id) => typeof id === "string");
}

export function isNote(value: unknown): value is StickyNote {
  const note = value as Partial<StickyNote> | null;
  return typeof note === "object" && note !== null && isSpot(note.at) && isSpot(note.size) && typeof note.text === "string";
}
