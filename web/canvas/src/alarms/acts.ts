/** What a person does to alarms. Nothing is shown as done before the server has said so. */
import { post } from "../api/client";
import type { Alarm, AlarmAct, Alarms } from "../api/types";
import { reason } from "../live/inject";
import { unlessOvertaken } from "../live/overtaken";
import { t } from "../text";
import type { IconName } from "../ui/Icon";
import { notify } from "../ui/notices";
import { useAlarms } from "./store";

/** Act, and show the list as it is then. Returns whether it was done. */
export async function act(what: AlarmAct): Promise<boolean> {
  try {
    await unlessOvertaken(useAlarms, post<Alarms>("/api/alarms/act", what), (alarms) => useAlarms.setState({ alarms }));
    return true;
  } catch (error) {
    notify("error", t("alarms.not-done", { reason: reason(error) }));
    return false;
  }
}

/** A shape beside each word: colour alone says nothing. */
export const SHAPES: Record<Alarm["priority"], IconName> = { critical: "stop", high: "error", medium: "warning", low: "info" };

export const isUnseen = ({ state, aside }: Alarm): boolean => aside === "" && ["unacknowledged", "returned", "latched"].includes(state);
