/**
 * Live values, outside every other store: one subscription for each node and wire, so that a value that changes draws
 * one box and nothing else. Frames are applied as they come; whoever listens hears of it once for each drawn frame.
 */
import { useSyncExternalStore } from "react";
import type { NodeLive, WireLive } from "../api/types";
import { apply, type Frame, type Known, unknown } from "./frames";

/** Numbers kept of each node for its sparkline. */
export const TREND = 30;

const flows = new Map<string, Known>();
const trends = new Map<string, readonly number[]>();
const listeners = new Map<string, Set<() => void>>();
const changed = new Set<string>();
let scheduled = false;

const NONE: readonly number[] = [];

export function useNodeLive(flow: string, node: string): NodeLive | undefined {
  return useSyncExternalStore(
    (heard) => listen(nodeKey(flow, node), heard),
    () => nodeLive(flow, node),
  );
}

/** `key` is made by `liveKey`. */
export function useWireLive(flow: string, key: string): WireLive | undefined {
  return useSyncExternalStore(
    (heard) => listen(wireKey(flow, key), heard),
    () => wireLive(flow, key),
  );
}

/** The last numbers that a node sent, the newest last; the same array until a new one comes. */
export function useTrend(flow: string, node: string): readonly number[] {
  return useSyncExternalStore(
    (heard) => listen(nodeKey(flow, node), heard),
    () => trends.get(nodeKey(flow, node)) ?? NONE,
  );
}

/** What `useNodeLive` returns, outside of components. */
export function nodeLive(flow: string, node: string): NodeLive | undefined {
  return flows.get(flow)?.nodes.get(node);
}

/** The nodes of an instance of a subflow, at any depth. */
export function nodesInside(flow: string, instance: string): NodeLive[] {
  const found: NodeLive[] = [];
  for (const [id, live] of flows.get(flow)?.nodes ?? []) if (id.startsWith(`${instance}/`)) found.push(live);
  return found;
}

/** The keys of the running wires behind one from or to an instance: they end at nodes inside, whatever those are called. */
export function* wiresInside(flow: string, key: string): Iterable<string> {
  const [from = "", to = ""] = key.split(">");
  const at = (end: string, written: string): boolean => end === written || end.startsWith(`${written.split(".")[0]}/`);
  for (const known of flows.get(flow)?.wires.keys() ?? []) {
    const [start = "", finish = ""] = known.split(">");
    if (at(start, from) && at(finish, to)) yield known;
  }
}

/** How the first of them is. */
export function wireInside(flow: string, key: string): WireLive | undefined {
  for (const known of wiresInside(flow, key)) return wireLive(flow, known);
  return undefined;
}

export function wireLive(flow: string, key: string): WireLive | undefined {
  return flows.get(flow)?.wires.get(key);
}

/** Take a frame: full, or what changed. */
export function takeFrame(frame: Frame): void {
  const known = flows.get(frame.flow) ?? unknown();
  flows.set(frame.flow, known);
  const { nodes, wires } = apply(known, frame);
  for (const node of nodes) {
    const key = nodeKey(frame.flow, node);
    changed.add(key);
    const came = frame.nodes[node];
    if (came === undefined) trends.delete(key);
    else if ("value" in came || "time" in came) extend(key, known.nodes.get(node));
  }
  for (const wire of wires) changed.add(wireKey(frame.flow, wire));
  schedule();
}

/** Forget every flow but these: what is no longer watched would grow old unseen. */
export function keepOnly(watched: readonly string[]): void {
  for (const [flow, known] of flows) {
    if (watched.includes(flow)) continue;
    flows.delete(flow);
    for (const node of known.nodes.keys()) {
      trends.delete(nodeKey(flow, node));
      changed.add(nodeKey(flow, node));
    }
    for (const wire of known.wires.keys()) changed.add(wireKey(flow, wire));
  }
  schedule();
}

/** Tell the listeners now; otherwise it happens before the next frame is drawn. */
export function flush(): void {
  scheduled = false;
  const keys = [...changed];
  changed.clear();
  for (const key of keys) for (const heard of listeners.get(key) ?? []) heard();
}

const nodeKey = (flow: string, node: string): string => `${flow}|${node}`;
const wireKey = (flow: string, key: string): string => `${flow}|>${key}`;

function extend(key: string, live: NodeLive | undefined): void {
  if (live?.kind !== "number" || typeof live.value !== "number" || live.time === 0) return;
  const before = trends.get(key) ?? NONE;
  const after = before.length < TREND ? before.slice() : before.slice(before.length - TREND + 1);
  after.push(live.value);
  trends.set(key, after);
}

function schedule(): void {
  if (scheduled || changed.size === 0) return;
  scheduled = true;
  if (typeof requestAnimationFrame === "function") requestAnimationFrame(flush);
  else setTimeout(flush, 16);
}

function listen(key: string, heard: () => void): () => void {
  const found = listeners.get(key) ?? new Set();
  listeners.set(key, found.add(heard));
  return () => {
    found.delete(heard);
    if (found.size === 0) listeners.delete(key);
  };
}
