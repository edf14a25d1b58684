import { memo, type ReactNode } from "react";

const WIDTH = 48;
const HEIGHT = 14;
const EDGE = 1;

/** The last numbers of a node as a line, once there are two. It says nothing that the value beside it does not say: hidden from readers. */
export const Sparkline = memo(function Sparkline({ values }: { values: readonly number[] }): ReactNode {
  if (values.length < 2) return null;
  return (
    <svg className="live-sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
      <path d={linePath(values)} fill="none" stroke="currentColor" strokeWidth="1.25" strokeLinejoin="round" />
    </svg>
  );
});

/** The newest number is at the right edge; numbers that are all the same lie in the middle. */
export function linePath(values: readonly number[], points = 30): string {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const step = (WIDTH - 2 * EDGE) / (points - 1);
  const scale = high > low ? (HEIGHT - 2 * EDGE) / (high - low) : 0;
  const begin = WIDTH - EDGE - (values.length - 1) * step;
  let path = "";
  for (let i = 0; i < values.length; i++) {
    const y = scale === 0 ? HEIGHT / 2 : HEIGHT - EDGE - ((values[i] ?? low) - low) * scale;
    path += `${i === 0 ? "M" : "L"}${round(begin + i * step)} ${round(y)}`;
  }
  return path;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
