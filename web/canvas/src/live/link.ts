/** Whether values are live. A stale value that looks live is a safety problem: everything that shows one asks here. */
import { create } from "zustand";

interface LinkState {
  state: "connecting" | "live" | "lost";
  /** When the last frame came (milliseconds, Date.now). */
  heard: number;
}

export const useLink = create<LinkState>()(() => ({ state: "connecting", heard: 0 }));
