import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useSpoken } from "../../text/spoken";
import { figure } from "../figure";
import { useReading } from "./reading";

/** Text, as it is: never read as HTML. */
export function TextWidget({ widget }: { widget: Widget }): ReactNode {
  const spoken = useSpoken();
  const reading = useReading(widget);
  const large = widget.options["large"] === true;
  return <p className={large ? "dash-text dash-text-large" : "dash-text"}>{spoken(figure(reading?.value ?? "", null))}</p>;
}
