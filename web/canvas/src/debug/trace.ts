/** The way of one message through the graph, shown on the canvas. */
import { create } from "zustand";
import type { Trace } from "../api/types";

interface TraceState {
  trace: Trace | null;
  follow(id: string): Promise<void>;
  clear(): void;
}

export const useTrace = create<TraceState>()((set) => ({
  trace: null,
  follow: async () => {},
  clear: () => set({ trace: null }),
}));
