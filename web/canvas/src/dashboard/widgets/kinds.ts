/** Which component draws which kind of widget. */
import type { ComponentType } from "react";
import type { Widget } from "../../api/types";
import { AlarmsWidget } from "./AlarmsWidget";
import { ButtonWidget } from "./ButtonWidget";
import { ChartWidget } from "./ChartWidget";
import { GaugeWidget } from "./GaugeWidget";
import { LampWidget } from "./LampWidget";
import { NumberWidget } from "./NumberWidget";
import { SliderWidget } from "./SliderWidget";
import { SwitchWidget } from "./SwitchWidget";
import { TableWidget } from "./TableWidget";
import { TextInputWidget } from "./TextInputWidget";
import { TextWidget } from "./TextWidget";
import { ValueWidget } from "./ValueWidget";

export const KINDS: Record<string, ComponentType<{ widget: Widget }>> = {
  value: ValueWidget,
  gauge: GaugeWidget,
  chart: ChartWidget,
  lamp: LampWidget,
  table: TableWidget,
  alarms: AlarmsWidget,
  text: TextWidget,
  button: ButtonWidget,
  slider: SliderWidget,
  switch: SwitchWidget,
  number: NumberWidget,
  "text-input": TextInputWidget,
};
