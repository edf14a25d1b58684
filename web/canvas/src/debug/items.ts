/** The debug stream: the last items, bounded, told to the pane once for each drawn frame. */
import { create } from "zustand";
import { get as fetchJson } from "../api/client";
import type { Debug, DebugItem } from "../api/types";

export const KEPT = 500;

interface DebugState {
  /** The newest last, 500 at most; they stand still while paused. */
  items: readonly DebugItem[];
  /** Left out by the server since the last clear, because too many came. */
  dropped: number;
  paused: boolean;
  /** Came while paused. */
  waiting: number;
  take(came: Debug): void;
  pause(paused: boolean): void;
  clear(): void;
  /** Fetch what came before this tab listened, or while it could not. */
  load(): Promise<void>;
}

interface Moment {
  seq: number;
  at: number;
}

let held: DebugItem[] = [];
let lost = 0;
let came = 0;
let newest: Moment = { seq: -1, at: 0 };
let cleared: Moment = { seq: -1, at: 0 };
let scheduled = false;

/** Numbers begin anew when the server does; then the time tells what is newer. */
const after = (item: Moment, last: Moment): boolean => item.seq > last.seq || item.at > last.at;
export const itemKey = ({ seq, at }: Moment): string => `${at}/${seq}`;

export const useDebug = create<DebugState>()((set, get) => {
  const show = (): void => {
    scheduled = false;
    if (get().paused) set({ waiting: came, dropped: lost });
    else {
      came = 0;
      set({ items: held, dropped: lost, waiting: 0 });
    }
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    if (typeof requestAnimationFrame === "function") requestAnimationFrame(show);
    else setTimeout(show, 16);
  };
  return {
    items: [],
    dropped: 0,
    paused: false,
    waiting: 0,
    take: ({ items, dropped }) => {
      const fresh = items.filter((item) => after(item, newest));
      lost += dropped;
      came += fresh.length;
      newest = fresh.at(-1) ?? newest;
      if (fresh.length > 0) held = [...held, ...fresh].slice(-KEPT);
      if (fresh.length > 0 || dropped > 0) schedule();
    },
    pause: (paused) => {
      came = 0;
      set({ paused });
      show();
    },
    clear: () => {
      cleared = newest;
      held = [];
      lost = 0;
      came = 0;
      set({ items: [], dropped: 0, waiting: 0 });
    },
    load: async () => {
      const { items } = await fetchJson<Debug>("/api/debug");
      const known = new Set(held.map(itemKey));
      const missing = items.filter((item) => after(item, cleared) && !known.has(itemKey(item)));
      if (missing.length === 0) return;
      held = [...missing, ...held].sort((a, b) => a.at - b.at || a.seq - b.seq).slice(-KEPT);
      newest = held.at(-1) ?? newest;
      schedule();
    },
  };
});
