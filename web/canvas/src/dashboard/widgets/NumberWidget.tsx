import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useControl } from "../control";
import { figure, unitText } from "../figure";
import { Entry } from "./Entry";
import { readNumber } from "./readNumber";

/** A number to be entered. */
export function NumberWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const control = useControl(widget);
  const { low, high, unit, decimals } = widget.options as { low: number | null; high: number | null; unit: string; decimals: number | null };
  const write = (value: unknown): string => `${figure(value, decimals)} ${unitText(unit)}`.trim();
  const read = (text: string): { value: number } | { why: string } => {
    const value = readNumber(text);
    if (value === null) return { why: t("dashboard.not-a-number", { text }) };
    if (low !== null && value < low) return { why: t("dashboard.too-small", { limit: write(low) }) };
    if (high !== null && value > high) return { why: t("dashboard.too-large", { limit: write(high) }) };
    return { value };
  };
  const known = control.reads ? control.real : control.lastSent?.value;
  return <Entry widget={widget} control={control} known={write(known)} write={write} read={read} suffix={unitText(unit)} numeric />;
}
