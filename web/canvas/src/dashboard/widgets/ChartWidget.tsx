import { lazy, type ReactNode, Suspense } from "react";
import type { Widget } from "../../api/types";
import { t, useText } from "../../text";
import { figure, unitText } from "../figure";
import { useShown } from "../shown";
import type { ChartShown } from "../trend";
import { DASHES } from "./dashes";
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
  const shown = useShown<ChartShown>(`${widget.flow}/${widget.node}`);
  if (shown === null || shown.series.length === 0) return <p className="dash-none">{t("dashboard.no-value")}</p>;
  return (
    <div className="dash-chart">
      <Suspense fallback={<div className="dash-plot" />}>
        <Plot shown={shown} options={widget.options} />
      </Suspense>
      <ul className="dash-legend">
        {shown.series.map(({ name, v }, i) => (
          <li key={name}>
            <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" className={`dash-line-${i % 6}`}>
              <path d="M0 4h18" stroke="currentColor" strokeWidth="3" strokeDasharray={DASHES[i % 6]?.join(" ")} />
            </svg>
            {name || widget.title}{" "}
            <strong>
              {figure(v.at(-1) ?? null, widget.options["decimals"])} {unitText(shown.unit)}
            </strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
