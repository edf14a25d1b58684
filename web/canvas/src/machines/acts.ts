/** What a person does at the guard. Nothing is shown as done before the guard has said so. */
import { get, post } from "../api/client";
import type { MachineAct, MachineActed, Machines } from "../api/types";
import { reason } from "../live/inject";
import { t } from "../text";
import { announce, notify } from "../ui/notices";
import { useMachines } from "./store";

/** Act, and look at once how the machines stand then. Returns whether it was done. */
export async function act(what: MachineAct): Promise<boolean> {
  try {
    const { said } = await post<MachineActed>("/api/machines/act", what);
    if (said !== "") notify("info", said);
  } catch (error) {
    notify("error", t(what.what === "stop" ? "machines.stop-failed" : "machines.not-done", { reason: reason(error) }));
    return false;
  }
  get<Machines>("/api/machines").then((machines) => useMachines.setState({ machines }), () => {}); // the stream tells it, too
  return true;
}

/** The emergency stop: one press, no question. */
export async function stopAll(): Promise<void> {
  if (await act({ what: "stop" })) announce(t("machines.stop-done"));
}
