/** Put boxes in line, or at even distances. */
import type { Spot } from "./layout";

export interface Box {
  key: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Edge = "left" | "centre" | "right" | "top" | "middle" | "bottom";

/** New places so that the boxes share an edge or a middle. */
export function aligned(boxes: readonly Box[], edge: Edge): [string, Spot][] {
  const left = Math.min(...boxes.map(({ x }) => x));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const top = Math.min(...boxes.map(({ y }) => y));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  return boxes.map(({ key, x, y, width, height }) => {
    const at: Record<Edge, Spot> = {
      left: [left, y],
      centre: [Math.round((left + right - width) / 2), y],
      right: [right - width, y],
      top: [x, top],
      middle: [x, Math.round((top + bottom - height) / 2)],
      bottom: [x, bottom - height],
    };
    return [key, at[edge]];
  });
}

/** New places with the same gap between neighbours; the outermost stay. */
export function distributed(boxes: readonly Box[], way: "across" | "down"): [string, Spot][] {
  const [start, size] = way === "across" ? (["x", "width"] as const) : (["y", "height"] as const);
  const row = [...boxes].sort((a, b) => a[start] - b[start]);
  const [first, last] = [row[0], row.at(-1)];
  if (first === undefined || last === undefined || row.length < 3) return [];
  const room = last[start] + last[size] - first[start] - row.reduce((sum, box) => sum + box[size], 0);
  const gap = room / (row.length - 1);
  let at = first[start];
  return row.map((box) => {
    const spot: Spot = way === "across" ? [Math.round(at), box.y] : [box.x, Math.round(at)];
    at += box[size] + gap;
    return [box.key, spot];
  });
}
