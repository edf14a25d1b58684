import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { figure, unitText } from "../figure";
import { angle, arc } from "./arc";
import { StateWord } from "./StateWord";
import { useReading } from "./reading";
import "./gauge.css";

interface Zone {
  state: "normal" | "warning" | "alarm";
  low: number | null;
  high: number | null;
}

/** The newest number on a scale. Grey while all is normal: colour means that something is not. */
export function GaugeWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const reading = useReading(widget);
  const { low, high, zones, decimals } = widget.options as { low: number; high: number; zones: Zone[]; decimals: number | null };
  const value = typeof reading?.value === "number" && reading.quality !== "bad" ? reading.value : null;
  const shown = value === null ? null : Math.min(high, Math.max(low, value));
  const text = `${figure(reading?.value ?? null, decimals)} ${unitText(reading?.unit)}`.trim();
  return (
    <div className={`dash-gauge dash-state-${reading?.state ?? "normal"} dash-quality-${reading?.quality ?? "good"}`}>
      <svg
        viewBox="0 0 200 112"
        role={shown === null ? "img" : "meter"}
        aria-label={widget.title}
        {...(shown === null ? {} : { "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": shown, "aria-valuetext": text })}
      >
        <path className="dash-gauge-track" d={arc(0, 1, 82)} />
        {zones.map((zone, i) => {
          const from = angle(zone.low ?? low, low, high);
          const to = angle(zone.high ?? high, low, high);
          return zone.state === "normal" || to <= from ? null : <path key={i} className={`dash-zone-${zone.state}`} d={arc(from, to, 96)} />;
        })}
        {shown !== null && <path className="dash-gauge-fill" d={arc(0, Math.max(0.004, angle(shown, low, high)), 82)} />}
        <text className="dash-gauge-text" x="100" y="92" textAnchor="middle">
          {reading === null ? "–" : figure(reading.value, decimals)}
          <tspan className="dash-gauge-unit"> {unitText(reading?.unit)}</tspan>
        </text>
        <text className="dash-gauge-end" x="18" y="110" textAnchor="middle">
          {figure(low, null)}
        </text>
        <text className="dash-gauge-end" x="182" y="110" textAnchor="middle">
          {figure(high, null)}
        </text>
      </svg>
      {reading === null ? <p className="dash-none">{t("dashboard.no-value")}</p> : <StateWord reading={reading} />}
    </div>
  );
}
