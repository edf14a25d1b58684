import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { useControl } from "../control";
import { figure } from "../figure";
import { Entry } from "./Entry";

/** A text to be entered or chosen; the server says whether it fits the pattern. */
export function TextInputWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const control = useControl(widget);
  const { length, hint, choices } = widget.options as { length: number; hint: string; choices: string[] };
  /** What was chosen is the flow's word; what was typed is shown as it was typed. */
  const write = (value: unknown): string => (choices.length > 0 ? spoken(figure(value, null)) : figure(value, null));
  const read = (text: string): { value: string } | { why: string } =>
    text.length > length ? { why: t("dashboard.too-long", { most: length }) } : { value: text };
  const known = control.reads ? control.real : control.lastSent?.value;
  return <Entry widget={widget} control={control} known={write(known)} write={write} read={read} hint={hint} choices={choices} />;
}
