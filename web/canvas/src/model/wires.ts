/** Names of wires. */
import { end, type WireSpec } from "./flow";

/** A wire's key within its flow: its two ends as written (`a.out>b`). Two equal wires cannot exist. */
export function wireKey(wire: WireSpec): string {
  return `${wire.from}>${wire.to}`;
}

/** The key of live values: ports always named. */
export function liveKey(wire: WireSpec, firstOutput: string, firstInput: string): string {
  const from = end(wire.from);
  const to = end(wire.to);
  return `${from.node}.${from.port || firstOutput}>${to.node}.${to.port || firstInput}`;
}
