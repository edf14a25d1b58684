/** The way of one message, as the canvas shows it. */
import type { Hop, Trace } from "../api/types";
import { isKnown, useTrace } from "../debug/trace";
import { wiresInside } from "../live/values";
import { valueText } from "./words";

export interface Stop {
  value: string;
  failed: string;
}

interface Way {
  trace: Trace;
  stops: Map<string, Stop>;
  /** Nodes that tell of what comes to them; of others only what leaves them is known. */
  telling: Set<string>;
}

let last: Way | null = null;

/** Whether the way of a message is shown; one of which nothing is known leaves the canvas as it is. */
export function useTracing(): boolean {
  return useTrace(({ trace }) => isKnown(trace));
}

/** Where a message was and with what value; undefined: it did not come there, null: no message is being followed. */
export function useStop(flow: string, node: string): Stop | undefined | null {
  return useTrace(({ trace }) => (isKnown(trace) ? wayOf(trace).stops.get(`${flow}/${node}`) : null));
}

/**
 * Whether the message passed a wire: it left at one end and came to the other. `key` is the live key; `inner`: an end is
 * an instance of a subflow, and the running wires end at nodes inside.
 */
export function usePassed(flow: string, key: string, inner: boolean): boolean {
  return useTrace(({ trace }) => {
    if (trace === null) return false;
    const way = wayOf(trace);
    if (passed(way, flow, key)) return true;
    if (inner) for (const one of wiresInside(flow, key)) if (passed(way, flow, one)) return true;
    return false;
  });
}

function passed({ stops, telling }: Way, flow: string, key: string): boolean {
  const [from = "", to = ""] = key.split(">");
  const node = `${flow}/${to.slice(0, to.lastIndexOf("."))}`;
  return stops.has(`${flow}/${from} out`) && (stops.has(`${flow}/${to} in`) || (stops.has(node) && !telling.has(node)));
}

function wayOf(trace: Trace): Way {
  if (last?.trace === trace) return last;
  const stops = new Map<string, Stop>();
  const telling = new Set<string>();
  for (const hop of trace.hops) {
    // Inside a subflow the instance stands for its nodes.
    for (const node of new Set([hop.node, hop.node.split("/")[0] ?? ""])) stops.set(`${hop.flow}/${node}`, stopOf(hop));
    if (hop.what === "in") telling.add(`${hop.flow}/${hop.node}`);
    stops.set(`${hop.flow}/${hop.node}.${hop.port} ${hop.what === "out" ? "out" : "in"}`, stopOf(hop));
  }
  last = { trace, stops, telling };
  return last;
}

function stopOf(hop: Hop): Stop {
  return { value: valueText(hop), failed: hop.what === "failed" ? hop.text || "?" : "" };
}
