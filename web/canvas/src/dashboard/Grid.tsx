import { type ReactNode, useMemo } from "react";
import type { Page, Widget } from "../api/types";
import { useText } from "../text";
import { inOrder, rows, spotKey } from "./grid";
import { WidgetCard } from "./WidgetCard";

/** A page as operators see it. */
export function Grid({ page, widgets }: { page: Page; widgets: readonly Widget[] }): ReactNode {
  const t = useText();
  const found = useMemo(() => new Map(widgets.map((widget) => [spotKey(widget), widget])), [widgets]);
  if (page.spots.length === 0) return <p className="dash-empty">{t("dashboard.empty-page")}</p>;
  return (
    <div className="dash-grid" style={{ "--dash-rows": rows(page.spots) } as React.CSSProperties}>
      {inOrder(page.spots).map((spot) => (
        <div key={spotKey(spot)} className="dash-cell" style={cellStyle(spot)}>
          <WidgetCard spot={spot} widget={found.get(spotKey(spot))} />
        </div>
      ))}
    </div>
  );
}

export function cellStyle({ x, y, w, h }: { x: number; y: number; w: number; h: number }): React.CSSProperties {
  return { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}`, "--dash-h": h } as React.CSSProperties;
}
