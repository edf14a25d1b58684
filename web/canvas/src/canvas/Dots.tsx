import { type ReactFlowState, useStoreApi } from "@xyflow/react";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { GRID } from "../model/layout";

/** As far as the dots reach beyond the canvas on each side: a step of the grid at the largest zoom. */
const BEYOND = 60;

/**
 * The dots of the grid. While the view moves they are shifted within one step, and nothing is painted: React Flow's own
 * pattern would be, in each frame.
 */
export function Dots(): ReactNode {
  const store = useStoreApi();
  const dots = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    let size = 0;
    const place = ({ transform: [x, y, zoom] }: ReactFlowState): void => {
      const style = dots.current?.style;
      const step = GRID * zoom;
      if (style === undefined) return;
      style.transform = `translate(${shift(x, step)}px, ${shift(y, step)}px)`;
      if (size === step) return;
      size = step;
      style.backgroundSize = `${step}px ${step}px`;
      style.backgroundImage = `radial-gradient(circle, var(--border) ${zoom * 0.7}px, transparent ${zoom * 0.7 + 0.5}px)`;
    };
    place(store.getState());
    return store.subscribe(place);
  }, [store]);
  return <div ref={dots} className="canvas-dots" style={{ inset: -BEYOND }} aria-hidden="true" />;
}

/** A dot is in the middle of each step; it has to be where the view's own grid is. */
function shift(place: number, step: number): number {
  const over = (place + BEYOND - step / 2) % step;
  return over < 0 ? over + step : over;
}
