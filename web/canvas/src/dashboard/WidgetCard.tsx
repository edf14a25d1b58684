import { memo, type ReactNode, useId } from "react";
import type { Spot, Widget } from "../api/types";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { KINDS } from "./widgets/kinds";

interface Props {
  spot: Spot;
  /** Missing: its flow does not run. */
  widget: Widget | undefined;
}

/** A widget with its heading. */
export const WidgetCard = memo(function WidgetCard({ spot, widget: given }: Props): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const widget = given && { ...given, title: spoken(given.title) };
  const name = useId();
  const Kind = widget === undefined ? undefined : KINDS[widget.widget];
  return (
    <section className={`dash-card dash-card-${widget?.widget ?? "gone"}`} aria-labelledby={name}>
      <h2 id={name} className="dash-title">
        {widget?.title ?? spot.node}
      </h2>
      <div className="dash-body">
        {widget === undefined ? (
          <p className="dash-none">{t("dashboard.gone", { flow: spot.flow })}</p>
        ) : Kind === undefined ? (
          <p className="dash-none">{t("dashboard.unknown-kind", { kind: widget.widget })}</p>
        ) : (
          <Kind widget={widget} />
        )}
      </div>
    </section>
  );
});
