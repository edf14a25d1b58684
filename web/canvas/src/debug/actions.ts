/** Actions of the debug room. */
import type { Action } from "../actions/registry";
import { useDebug } from "./items";
import { useTrace } from "./trace";

export const debugActions: Action[] = [
  { id: "debug.pause", label: "debug.action-pause", run: () => useDebug.getState().pause(!useDebug.getState().paused) },
  { id: "debug.clear", label: "debug.action-clear", run: () => useDebug.getState().clear() },
  { id: "debug.trace-end", label: "debug.trace-close", run: () => useTrace.getState().clear() },
];
