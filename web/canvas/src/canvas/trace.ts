/** The way of one message, as the canvas shows it. */
import type { Hop, Trace } from "../api/types";
import { useTrace } from "../debug/trace";
import { valueText } from "./words";

export interface Stop {
  value: string;
  failed: string;
}

interface Way {
  trace: Trace;
  stops: Map<string, Stop>;
}

let last: Way | null = null;

/** Where a message was and with what value; undefined: it did not come there, null: no message is being followed. */
export function useStop(flow: string, node: string): Stop | undefined | null {
  return useTrace(({ trace }) => (trace === null ? null : wayOf(trace).stops.get(`${flow}/${node}`)));
}

/** Whether the message passed a wire: it left at one end and came in at the other. `key` is the live key. */
export function usePassed(flow: string, key: string): boolean {
  return useTrace(({ trace }) => {
    if (trace === null) return false;
    const [from = "", to = ""] = key.split(">");
    return wayOf(trace).stops.has(`${flow}/${from} out`) && wayOf(trace).stops.has(`${flow}/${to} in`);
  });
}

function wayOf(trace: Trace): Way {
  if (last?.trace === trace) return last;
  const stops = new Map<string, Stop>();
  for (const hop of trace.hops) {
    // Inside a subflow the instance stands for its nodes.
    for (const node of new Set([hop.node, hop.node.split("/")[0] ?? ""])) stops.set(`${hop.flow}/${node}`, stopOf(hop));
    stops.set(`${hop.flow}/${hop.node}.${hop.port} ${hop.what === "out" ? "out" : "in"}`, stopOf(hop));
  }
  last = { trace, stops };
  return last;
}

function stopOf(hop: Hop): Stop {
  return { value: valueText(hop), failed: hop.what === "failed" ? hop.text || "?" : "" };
}
