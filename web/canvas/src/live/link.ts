/** Whether values are live. A stale value that looks live is a safety problem: everything that shows one asks here. */
import { useEffect, useState } from "react";
import { create } from "zustand";

interface LinkState {
  state: "connecting" | "live" | "lost";
  /** When the last frame came (milliseconds, Date.now); 0: none yet. */
  heard: number;
  /** Whether values are asked for each 2 s, because the server has no stream to spare. */
  polling: boolean;
}

export const useLink = create<LinkState>()(() => ({ state: "connecting", heard: 0, polling: false }));

/** Milliseconds without a frame or ping after which values are stale. */
const STALE_AFTER = 3000;
/** While polling, a frame comes each 2 s at best. */
const STALE_AFTER_POLLING = 6000;

/** Whether values may be old: grey them. */
export function useStale(): boolean {
  return useLink((link) => link.state === "lost");
}

/** How old values are while the connection is lost, in whole seconds, counting up; null while they are live. */
export function useAge(): number | null {
  const { state, heard } = useLink();
  const [, tick] = useState(0);
  useEffect(() => {
    if (state !== "lost") return;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [state]);
  return state === "lost" && heard > 0 ? Math.max(0, Math.round((Date.now() - heard) / 1000)) : null;
}

let feed: LinkState["state"] = "connecting";

/** The stream spoke. Written to the store twice a second at most, so that nobody is drawn for it at each frame. */
export function heardNow(now = Date.now()): void {
  const { heard, state } = useLink.getState();
  if (state === feed && now - heard < 500) return;
  useLink.setState({ heard: now, state: feed === "live" ? "live" : state });
}

/** What the feed says of itself. */
export function linkIs(state: LinkState["state"], polling: boolean): void {
  feed = state;
  const link = useLink.getState();
  if (state === "connecting" && link.state === "lost") return; // it stays lost until something comes
  if (link.state !== state || link.polling !== polling) useLink.setState({ state, polling });
}

/** Nobody says when a cable is cut: called twice a second. */
export function watchSilence(now = Date.now()): void {
  const { state, heard, polling } = useLink.getState();
  const most = polling ? STALE_AFTER_POLLING : STALE_AFTER;
  if (state === "live" && heard > 0 && now - heard > most) useLink.setState({ state: "lost" });
}
