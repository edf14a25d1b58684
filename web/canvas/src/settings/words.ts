/** Labels of history steps. */
import { label } from "../forms/schema";
import { same } from "../model/same";
import { t } from "../text";

/** Name the one option that changed, or say that several did. */
export function optionStep(node: string, before: Record<string, unknown>, after: Record<string, unknown>): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !same(before[name], after[name]));
  return names.length === 1 ? t("settings.edit.options", { option: label(names[0]!, {}), node }) : t("settings.edit.several", { node });
}
