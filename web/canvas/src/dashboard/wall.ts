/** The wall screen: the page alone, as large as the screen, without tools. */
import { create } from "zustand";

interface WallState {
  wall: boolean;
  /** Take the whole screen where the browser allows it; without, the page is at least alone. */
  set(wall: boolean): void;
}

/** A screen that nobody operates begins so: /dashboard?wall */
const begins = typeof location !== "undefined" && new URLSearchParams(location.search).has("wall");

export const useWall = create<WallState>()((put) => ({
  wall: begins,
  set: (wall) => {
    put({ wall });
    if (wall) void document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => {});
  },
}));

if (typeof document !== "undefined")
  document.addEventListener("fullscreenchange", () => {
    if (document.fullscreenElement === null) useWall.setState({ wall: false }); // left by Escape
  });
