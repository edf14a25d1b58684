import type { CSSProperties, ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { figure, unitText } from "../figure";
import { StateWord } from "./StateWord";
import { useReading } from "./reading";

/** The newest value, as large as its place allows. */
export function ValueWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const reading = useReading(widget);
  if (reading === null) return <p className="dash-none">{t("dashboard.no-value")}</p>;
  const value = typeof reading.value === "string" ? spoken(reading.value) : figure(reading.value, widget.options["decimals"]);
  const unit = unitText(reading.unit);
  return (
    <div className={`dash-value dash-state-${reading.state ?? "normal"} dash-quality-${reading.quality}`}>
      <p className="dash-figure" style={{ "--length": 1 + value.length + 0.55 * unit.length } as CSSProperties}>
        {value}
        <span className="dash-unit"> {unit}</span>
      </p>
      <StateWord reading={reading} />
    </div>
  );
}
