/**
 * Stands in for d3-transition and d3-interpolate when the canvas is built (see vite.config.ts): nothing here moves by
 * animation, and 10 kB of what would animate it need not be loaded. d3-zoom asks them only to break off an animation.
 */
import { selection } from "d3-selection";

export function interrupt(): void {}

export function interpolateZoom(): never {
  throw new Error("Animated moves are not in the bundle: leave out `duration`, or take the alias of d3-transition out of vite.config.ts");
}

export const interpolate = interpolateZoom;

selection.prototype.interrupt = function still<T>(this: T): T {
  return this;
};
selection.prototype.transition = interpolateZoom;
