import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useControl } from "../control";
import { figure } from "../figure";
import { Entry } from "./Entry";

/** A text to be entered or chosen; the server says whether it fits the pattern. */
export function TextInputWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const control = useControl(widget);
  const { length, hint, choices } = widget.options as { length: number; hint: string; choices: string[] };
  const write = (value: unknown): string => figure(value, null);
  const read = (text: string): { value: string } | { why: string } =>
    text.length > length ? { why: t("dashboard.too-long", { most: length }) } : { value: text };
  const known = control.reads ? control.real : control.lastSent?.value;
  return <Entry widget={widget} control={control} known={write(known)} write={write} read={read} hint={hint} choices={choices} />;
}
