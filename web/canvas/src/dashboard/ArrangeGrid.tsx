import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import type { Page, Spot, Widget } from "../api/types";
import { useText } from "../text";
import { IconButton } from "../ui/Button";
import { announce } from "../ui/notices";
import { COLUMNS, GAP, inOrder, inside, place, ROW, rows, spotKey } from "./grid";
import { cellStyle } from "./Grid";
import { WidgetCard } from "./WidgetCard";

interface Props {
  page: Page;
  widgets: readonly Widget[];
  onChange(spots: Spot[]): void;
  onHide(spot: Spot): void;
}

interface Drag {
  what: "move" | "size";
  spot: Spot;
  /** As all stood when it began. */
  spots: readonly Spot[];
  x: number;
  y: number;
  /** Pixels of a column with its gap. */
  column: number;
}

/** A page being laid out: widgets are dragged, sized at their corner, or moved by arrow keys (with Shift: sized). */
export function ArrangeGrid({ page, widgets, onChange, onHide }: Props): ReactNode {
  const t = useText();
  const grid = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const found = new Map(widgets.map((widget) => [spotKey(widget), widget]));

  const begin = (what: Drag["what"], spot: Spot, event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0 || grid.current === null) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    const column = (grid.current.clientWidth + GAP) / COLUMNS;
    drag.current = { what, spot, spots: page.spots, x: event.clientX, y: event.clientY + scrolled(), column };
    setDragged(spotKey(spot));
  };
  const move = (event: PointerEvent<HTMLElement>): void => {
    const now = drag.current;
    if (now === null) return;
    const dx = Math.round((event.clientX - now.x) / now.column);
    const dy = Math.round((event.clientY + scrolled() - now.y) / (ROW + GAP));
    onChange(place(now.spots, now.what === "move" ? moved(now.spot, dx, dy) : sized(now.spot, dx, dy)));
  };
  const end = (): void => {
    drag.current = null;
    setDragged(null);
  };
  const cancel = (): void => {
    if (drag.current !== null) onChange([...drag.current.spots]);
    end();
  };
  const scrolled = (): number => grid.current?.closest(".dash-main")?.scrollTop ?? 0;

  const pressed = (spot: Spot, event: KeyboardEvent): void => {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === "Escape") return cancel();
    if (event.key === "Delete") return onHide(spot);
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = inside(event.shiftKey ? sized(spot, ...step) : moved(spot, ...step));
    onChange(place(page.spots, next));
    announce(t("dashboard.stands", { x: next.x + 1, y: next.y + 1, w: next.w, h: next.h }));
  };

  return (
    <div ref={grid} className="dash-grid dash-grid-arrange" style={{ "--dash-rows": rows(page.spots) + 3 } as React.CSSProperties}>
      {inOrder(page.spots).map((spot) => {
        const widget = found.get(spotKey(spot));
        const title = widget?.title ?? spot.node;
        return (
          <div key={spotKey(spot)} className={`dash-cell ${dragged === spotKey(spot) ? "dash-cell-dragged" : ""}`} style={cellStyle(spot)}>
            <div className="dash-inert" inert>
              <WidgetCard spot={spot} widget={widget} />
            </div>
            <button
              type="button"
              className="dash-mover"
              aria-label={t("dashboard.move", { title })}
              aria-describedby="dash-arrange-help"
              onPointerDown={(event) => begin("move", spot, event)}
              onPointerMove={move}
              onPointerUp={end}
              onPointerCancel={cancel}
              onKeyDown={(event) => pressed(spot, event)}
            />
            <span
              className="dash-sizer"
              aria-hidden="true"
              onPointerDown={(event) => begin("size", spot, event)}
              onPointerMove={move}
              onPointerUp={end}
              onPointerCancel={cancel}
            />
            <IconButton className="dash-hider" icon="close" label={t("dashboard.hide", { title })} onClick={() => onHide(spot)} />
          </div>
        );
      })}
    </div>
  );
}

function moved(spot: Spot, dx: number, dy: number): Spot {
  return { ...spot, x: spot.x + dx, y: spot.y + dy };
}

/** No wider than the grid has room for on its right. */
function sized(spot: Spot, dx: number, dy: number): Spot {
  return { ...spot, w: Math.min(spot.w + dx, COLUMNS - spot.x), h: spot.h + dy };
}
