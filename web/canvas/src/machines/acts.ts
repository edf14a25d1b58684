/** What a person does at the guard. Nothing is shown as done before the guard has said so. */
import { get, post } from "../api/client";
import type { MachineAct, MachineActed, Machines } from "../api/types";
import { reason } from "../live/inject";
import { unlessOvertaken } from "../live/overtaken";
import { t } from "../text";
import { announce, notify } from "../ui/notices";
import { pressAtTheGuard } from "./door";
import { useMachines } from "./store";

/** What was pressed last. One act after the other, however the network carries them; only the stop waits for none. */
let last: Promise<unknown> = Promise.resolve();

/** Act, and look at once how the machines stand then. Returns whether it was done. */
export async function act(what: MachineAct): Promise<boolean> {
  const mine = last.then(() => ask(what));
  last = mine;
  const { said, failed } = await mine;
  if (failed !== null) notify("error", t("machines.not-done", { reason: failed }));
  else if (said !== "") notify("info", said);
  return failed === null;
}

/** How long the server may take before it is said that it did not answer. */
const ANSWERS_WITHIN = 3000;

/** The emergency stop: one press, no question, by both ways at once. */
export async function stopAll(): Promise<void> {
  const server = ask({ what: "stop" });
  const guard = pressAtTheGuard();
  const first = await Promise.any([server.then(({ failed }) => done(failed === null)), guard.then(done)]).catch(() => false);
  if (!first) {
    notify("error", t("machines.stop-failed", { reason: (await server).failed ?? "" }));
    return;
  }
  announce(t("machines.stop-done"));
  const late = new Promise<{ failed: string | null }>((over) => setTimeout(() => over({ failed: "" }), ANSWERS_WITHIN));
  if ((await Promise.race([server, late])).failed !== null) notify("error", t("machines.stop-at-guard"));
}

async function done(so: boolean): Promise<true> {
  if (!so) throw new Error("not by this way");
  return true;
}

async function ask(what: MachineAct): Promise<{ said: string; failed: string | null }> {
  try {
    const { said } = await post<MachineActed>("/api/machines/act", what);
    unlessOvertaken(useMachines, get<Machines>("/api/machines"), (machines) => useMachines.setState({ machines })).catch(() => {});
    return { said, failed: null };
  } catch (error) {
    return { said: "", failed: reason(error) };
  }
}
