import { lazy, type ReactNode, Suspense, useMemo } from "react";
import type { Widget } from "../../api/types";
import { t, useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { figure, unitText } from "../figure";
import { type Names, withPast } from "../past";
import { useShown } from "../shown";
import type { ChartShown } from "../trend";
import { usePast } from "../usePast";
import { DASHES } from "./dashes";
import { PastChoice } from "./PastChoice";
import "./chart.css";

/** uPlot comes only where there is a chart. */
const Plot = lazy(() => import("./Plot").catch(() => ({ default: NoPlot })));

/** The server was away just then. */
function NoPlot(): ReactNode {
  return <p className="dash-none dash-plot">{t("dashboard.no-plot")}</p>;
}

/** How numbers went, with the newest of each line in words. */
export function ChartWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const live = useShown<ChartShown>(`${widget.flow}/${widget.node}`);
  const names = (widget.options["names"] ?? {}) as Names;
  const past = usePast(widget, live, names);
  const shown = useMemo(() => (past.span > 0 ? withPast(live, past.series ?? [], names) : live), [live, past.span, past.series, names]);
  const nothing = shown === null || shown.series.length === 0;
  if (nothing && !past.there) return <p className="dash-none">{t("dashboard.no-value")}</p>;
  return (
    <div className="dash-chart">
      {nothing ? (
        <p className="dash-none dash-plot">{t("dashboard.no-value")}</p>
      ) : (
        <Suspense fallback={<div className="dash-plot" />}>
          <Plot shown={shown} options={widget.options} span={past.span || Number(widget.options["span"] ?? 600)} />
        </Suspense>
      )}
      {past.there && <PastChoice past={past} />}
      <ul className="dash-legend">
        {(shown?.series ?? []).map(({ name, v }, i) => (
          <li key={name}>
            <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" className={`dash-line-${i % 6}`}>
              <path d="M0 4h18" stroke="currentColor" strokeWidth="3" strokeDasharray={DASHES[i % 6]?.join(" ")} />
            </svg>
            {spoken(name) || widget.title}{" "}
            <strong>
              {figure(v.at(-1) ?? null, widget.options["decimals"])} {unitText(shown?.unit ?? "")}
            </strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
