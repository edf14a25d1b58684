/** The way of one message through the graph, shown on the canvas and listed in the debug pane. */
import { create } from "zustand";
import { get as fetchJson, part } from "../api/client";
import type { Hop, Trace } from "../api/types";

interface TraceState {
  trace: Trace | null;
  follow(id: string): Promise<void>;
  clear(): void;
}

/** Milliseconds after which it is asked again: a message may still be on its way. */
const AGAIN = [700, 1500];

export const useTrace = create<TraceState>()((set, now) => {
  let asked = 0;
  return {
    trace: null,
    follow: async (id) => {
      const mine = ++asked;
      if (now().trace?.id !== id) set({ trace: null });
      for (const pause of [0, ...AGAIN]) {
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        if (mine !== asked) return;
        const trace = await fetchJson<Trace>(`/api/traces/${part(id)}`);
        if (mine !== asked) return;
        if (trace.hops.length !== now().trace?.hops.length) set({ trace });
      }
    },
    clear: () => {
      asked++;
      set({ trace: null });
    },
  };
});

/** Whether the engine has followed the message: only some are when there are very many, and the oldest are forgotten. */
export function isKnown(trace: Trace | null): trace is Trace {
  return trace !== null && trace.hops.length > 0;
}

/** Milliseconds from the first hop to this one. */
export function since(trace: Trace, hop: Hop): number {
  return Math.max(0, (hop.at - (trace.hops[0]?.at ?? hop.at)) * 1000);
}
