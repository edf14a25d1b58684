import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { figure, unitText } from "../figure";
import { StateWord } from "./StateWord";
import { useReading } from "./reading";

/** The newest value, as large as its place allows. */
export function ValueWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const reading = useReading(widget);
  if (reading === null) return <p className="dash-none">{t("dashboard.no-value")}</p>;
  return (
    <div className={`dash-value dash-state-${reading.state ?? "normal"}`}>
      <p className="dash-figure">
        {figure(reading.value, widget.options["decimals"])}
        <span className="dash-unit"> {unitText(reading.unit)}</span>
      </p>
      <StateWord reading={reading} />
    </div>
  );
}
