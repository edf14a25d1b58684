/** A half circle from left to right, in a picture of 200 x 112. */
const CENTRE = { x: 100, y: 100 };

/** Where a value lies on the way from low to high, 0 to 1. */
export function angle(value: number, low: number, high: number): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** The piece of the half circle between two of those, as an SVG path. */
export function arc(from: number, to: number, radius: number): string {
  const [x1, y1] = point(from, radius);
  const [x2, y2] = point(to, radius);
  return `M${x1} ${y1}A${radius} ${radius} 0 0 1 ${x2} ${y2}`;
}

function point(at: number, radius: number): [number, number] {
  const turn = Math.PI * (1 - at);
  return [round(CENTRE.x + radius * Math.cos(turn)), round(CENTRE.y - radius * Math.sin(turn))];
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
