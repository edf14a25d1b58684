import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from "react";
import { useText } from "../text";

const LEAST = 300;
const MOST = 720;
const USUAL = 344;
const STEP = 20;
const KEPT = "flowengine.drawer";

/** The left edge of the drawer: dragged, or moved by arrows, it makes the drawer wider. */
export function DrawerEdge(): ReactNode {
  const t = useText();
  const [width, setWidth] = useState(kept);
  const change = (next: number): void => {
    const fitting = Math.max(LEAST, Math.min(MOST, innerWidth - 360, next));
    setWidth(fitting);
    document.documentElement.style.setProperty("--drawer", `${fitting}px`);
    try {
      localStorage.setItem(KEPT, String(fitting));
    } catch {
      // It is forgotten with the page.
    }
  };
  const drag = (event: PointerEvent): void => {
    if (event.buttons === 1 && event.currentTarget.hasPointerCapture(event.pointerId)) change((event.currentTarget.parentElement?.getBoundingClientRect().right ?? innerWidth) - event.clientX);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft") change(width + STEP);
    else if (event.key === "ArrowRight") change(width - STEP);
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={t("shell.drawer-edge")}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      className="shell-edge"
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => change(USUAL)}
      onKeyDown={key}
    />
  );
}

function kept(): number {
  let width = USUAL;
  try {
    width = Number(localStorage.getItem(KEPT)) || USUAL;
  } catch {
    // Nothing is kept here.
  }
  document.documentElement.style.setProperty("--drawer", `${width}px`);
  return width;
}
