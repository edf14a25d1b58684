/**
 * Live values, outside every other store: one subscription for each node and wire, so that a value that changes draws
 * one box and nothing else.
 */
import { useSyncExternalStore } from "react";
import type { NodeLive, WireLive } from "../api/types";

export const TREND = 30;

const nodes = new Map<string, NodeLive>();
const wires = new Map<string, WireLive>();
const trends = new Map<string, readonly number[]>();
const listeners = new Map<string, Set<() => void>>();

export function useNodeLive(flow: string, node: string): NodeLive | undefined {
  const key = `${flow}/${node}`;
  return useSyncExternalStore((changed) => listen(key, changed), () => nodes.get(key));
}

/** `key` is made by `liveKey`. */
export function useWireLive(flow: string, key: string): WireLive | undefined {
  const full = `${flow}/${key}`;
  return useSyncExternalStore((changed) => listen(full, changed), () => wires.get(full));
}

/** The last numbers that a node sent, the newest last; the same array until a new one comes. */
export function useTrend(flow: string, node: string): readonly number[] {
  const key = `${flow}/${node}`;
  return useSyncExternalStore((changed) => listen(key, changed), () => trends.get(key) ?? NONE);
}

const NONE: readonly number[] = [];

function listen(key: string, changed: () => void): () => void {
  const found = listeners.get(key) ?? new Set();
  listeners.set(key, found.add(changed));
  return () => {
    found.delete(changed);
    if (found.size === 0) listeners.delete(key);
  };
}
