/** The line of a wire. */
import { getBezierPath, type Position } from "@xyflow/react";

export interface Ends {
  sourceX: number;
  sourceY: number;
  sourcePosition: Position;
  targetX: number;
  targetY: number;
  targetPosition: Position;
}

const BELOW = 48;
/** From so far apart there is room to lead back between the two. */
const APART = 100;
const ROUND = 46;

/** Its path, and where its label stands. A wire that leads back goes between the two nodes, or below both. */
export function wirePath(ends: Ends): [path: string, x: number, y: number] {
  const { sourceX, sourceY, sourcePosition, targetX, targetY } = ends;
  if (targetX > sourceX - 20) {
    const [path, x, y] = getBezierPath(ends);
    return [path, x, y];
  }
  const apart = Math.abs(sourceY - targetY) >= APART && sourcePosition !== "bottom";
  const low = apart ? (sourceY + targetY) / 2 : Math.max(sourceY, targetY) + BELOW;
  const start =
    sourcePosition === "bottom" // the error port
      ? `Q${sourceX} ${low}, ${sourceX - BELOW} ${low}`
      : `C${sourceX + ROUND} ${sourceY}, ${sourceX + ROUND} ${low}, ${sourceX} ${low}`;
  const end = `C${targetX - ROUND} ${low}, ${targetX - ROUND} ${targetY}, ${targetX} ${targetY}`;
  return [`M${sourceX} ${sourceY}${start}L${targetX} ${low}${end}`, (sourceX + targetX) / 2, low];
}
