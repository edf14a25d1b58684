/** Where a wire may go, and why not. The server's check has the last word; this one answers while the pointer moves. */
import type { Port } from "../api/types";
import type { End, FlowDoc } from "./flow";
import { fits, fullFrom, fullTo, inputNamed, type Knowledge, outputNamed, portsOf } from "./ports";
import { carries, followers, reached } from "./reach";

/** One place where a wire begins or ends: an output or an input of a node. */
export interface PortEnd extends End {
  side: "output" | "input";
}

export type Refusal = "self" | "same-side" | "duplicate" | "type" | "loop" | "unknown-port";

export interface Verdict {
  why: Refusal;
  /** The two ports, where they are known: for saying what does not fit. */
  out?: Port;
  port?: Port;
}

/** Say whether a wire may connect two ports; null: it may. A loop may be closed by a feedback wire. */
export function whyNot(doc: FlowDoc, from: PortEnd, to: PortEnd, known: Knowledge): Verdict | null {
  return judgeFrom(doc, from, known)(to);
}

/**
 * Begin a wire at a port; the function that is returned judges where it could end. What a whole flow must be looked
 * through for is done once, so it may be asked about thousands of ports.
 */
export function judgeFrom(doc: FlowDoc, from: PortEnd, known: Knowledge): (to: PortEnd) => Verdict | null {
  const outward = from.side === "output";
  // From an output: what comes before it may not come after it. From an input: what follows may not come before.
  const wires = followers(doc, (wire) => wire.feedback === undefined && carries(doc, wire));
  const beyond = outward ? reached([from.node], reversed(wires)) : reached([from.node], wires);
  const taken = new Set(doc.wires.map(({ from: a, to: b }) => key(fullFrom(doc, a, known), fullTo(doc, b, known))));
  return (to) => {
    if (to.side === from.side) return to.node === from.node && to.port === from.port ? { why: "self" } : { why: "same-side" };
    if (to.node === from.node) return { why: "self" };
    const [start, finish] = outward ? [from, to] : [to, from];
    const starts = portsOf(doc, start.node, known);
    const finishes = portsOf(doc, finish.node, known);
    const out = outputNamed(starts, start.port);
    const port = inputNamed(finishes, finish.port);
    if ((starts.known && out === undefined) || (finishes.known && port === undefined)) return { why: "unknown-port" };
    if (taken.has(key({ ...start, port: out?.name ?? start.port }, { ...finish, port: port?.name ?? finish.port })))
      return { why: "duplicate" };
    if (out !== undefined && port !== undefined && !fits(out, port)) return { why: "type", out, port };
    return beyond.has(to.node) ? { why: "loop" } : null;
  };
}

function reversed(next: Map<string, string[]>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [from, all] of next)
    for (const to of all) {
      const list = found.get(to);
      if (list === undefined) found.set(to, [from]);
      else list.push(from);
    }
  return found;
}

function key(from: End, to: End): string {
  return `${from.node}.${from.port}>${to.node}.${to.port}`;
}
