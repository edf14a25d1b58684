/** Where widgets stand: a grid of 12 columns. Pure: what is moved pushes others down, nothing else moves. */
import type { Spot } from "../api/types";

export const COLUMNS = 12;
/** Pixels of a row, and between two. */
export const ROW = 48;
export const GAP = 12;

/** What a widget of a kind needs until someone sizes it. */
const SIZES: Record<string, [w: number, h: number]> = {
  value: [3, 3],
  gauge: [3, 3],
  chart: [8, 6],
  lamp: [3, 3],
  table: [6, 5],
  alarms: [6, 5],
  text: [4, 2],
  button: [3, 3],
  slider: [4, 3],
  switch: [3, 3],
  number: [3, 3],
  "text-input": [4, 3],
};
const SMALLEST = { w: 2, h: 2 };

export const sizeOf = (widget: string): [number, number] => SIZES[widget] ?? [3, 3];
export const spotKey = ({ flow, node }: { flow: string; node: string }): string => `${flow}/${node}`;

export function overlap(a: Spot, b: Spot): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Keep a spot on the grid. */
export function inside(spot: Spot): Spot {
  const w = Math.min(COLUMNS, Math.max(SMALLEST.w, spot.w));
  const h = Math.min(100, Math.max(SMALLEST.h, spot.h));
  return { ...spot, w, h, x: Math.min(COLUMNS - w, Math.max(0, spot.x)), y: Math.min(10_000 - h, Math.max(0, spot.y)) };
}

/** Put one spot somewhere else, or in another size; whatever is in its way goes down, and what is in the way of that. */
export function place(spots: readonly Spot[], moved: Spot): Spot[] {
  const fixed = [inside(moved)];
  const others = spots.filter((spot) => spotKey(spot) !== spotKey(moved)).sort((a, b) => a.y - b.y || a.x - b.x);
  for (const other of others) {
    let spot = other;
    for (let hit = fixed.find((one) => overlap(one, spot)); hit !== undefined; hit = fixed.find((one) => overlap(one, spot))) {
      spot = { ...spot, y: hit.y + hit.h };
    }
    fixed.push(spot);
  }
  const order = new Map(fixed.map((spot) => [spotKey(spot), spot]));
  const kept = spots.map((spot) => order.get(spotKey(spot)) ?? spot);
  return kept.some((spot) => spotKey(spot) === spotKey(moved)) ? kept : [...kept, fixed[0] ?? moved];
}

/** The first free place for something of a size, row by row. */
export function freePlace(spots: readonly Spot[], w: number, h: number): { x: number; y: number } {
  const end = rows(spots);
  for (let y = 0; y < end; y++) {
    for (let x = 0; x + w <= COLUMNS; x++) {
      const here = { flow: "", node: "", x, y, w, h };
      if (!spots.some((spot) => overlap(spot, here))) return { x, y };
    }
  }
  return { x: 0, y: end };
}

/** Rows that a page has. */
export function rows(spots: readonly Spot[]): number {
  return Math.max(0, ...spots.map(({ y, h }) => y + h));
}

/** As they are read: from top to bottom, from left to right. */
export function inOrder(spots: readonly Spot[]): Spot[] {
  return [...spots].sort((a, b) => a.y - b.y || a.x - b.x);
}
