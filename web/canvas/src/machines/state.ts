/** How all machines stand, in one word, and why. */
import type { MachineOutput, Machines } from "../api/types";
import type { IconName } from "../ui/Icon";

export type MachinesWord = "armed" | "disarmed" | "tripped" | "stopped" | "refused" | "unknown";

/** A shape beside each word: colour alone says nothing. */
export const SHAPES: Record<MachinesWord, IconName> = {
  armed: "play",
  disarmed: "lock",
  tripped: "warning",
  stopped: "stop",
  refused: "error",
  unknown: "info",
};

export interface MachinesState {
  word: MachinesWord;
  /** The first cause, where there is one. */
  reason: string;
}

/** The worst of all outputs: what is not known is not called safe. */
export function stateOf(machines: Machines, lost: boolean): MachinesState {
  if (lost) return { word: "unknown", reason: "" };
  if (machines.refused !== "") return { word: "refused", reason: machines.refused };
  if (machines.unknown !== "") return { word: "unknown", reason: machines.unknown };
  if (machines.stops[0] !== undefined) return { word: "stopped", reason: machines.stops[0] };
  const outputs = Object.entries(machines.outputs);
  const tripped = outputs.find(([, { trips }]) => trips.length > 0);
  if (tripped !== undefined) return { word: "tripped", reason: `${tripped[0]}: ${tripped[1].trips[0]}` };
  return { word: outputs.some(([, { armed }]) => armed) ? "armed" : "disarmed", reason: "" };
}

/** Why an output does not do what it was told last; empty: it does. */
export function whyOf({ trips, safe, said }: MachineOutput): string {
  return trips[0] ?? (safe || said);
}
