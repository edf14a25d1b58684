import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect, useRef } from "react";
import type { Drawn, DrawnWire } from "./drawing";
import { WHOLE } from "./stage";
import { isSame, ofWindow, sameMiddle, seesWhole, type Size } from "./views";

/** Milliseconds in which what lies beside the canvas (palette, drawer) finds its place in a window of another size. */
const SETTLES = 400;

/**
 * When the window changes its size, a telephone is turned or the page is zoomed, what was seen stays in sight: a flow
 * that was seen whole is shown whole again, of another one the middle stays. A drawer that opens moves nothing.
 */
export function KeepSeen(): null {
  const instance = useReactFlow<Drawn, DrawnWire>();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const before = useRef<{ canvas: Size; window: Size } | null>(null);
  /** Whether all of it was seen when the window began to change, and until when it changes. */
  const change = useRef({ whole: false, until: 0 });
  useEffect(() => {
    if (width === 0 || height === 0) return;
    const now = { canvas: { width, height }, window: ofWindow() };
    const was = before.current;
    before.current = now;
    if (was === null) return;
    const goesOn = performance.now() < change.current.until;
    if (!isSame(was.window, now.window)) {
      const whole = goesOn ? change.current.whole : seesWhole(instance, was.canvas);
      change.current = { whole, until: performance.now() + SETTLES };
    } else if (!goesOn) return;
    if (change.current.whole) void instance.fitView(WHOLE);
    else void instance.setViewport(sameMiddle(instance.getViewport(), was.canvas, now.canvas));
  }, [instance, width, height]);
  return null;
}
