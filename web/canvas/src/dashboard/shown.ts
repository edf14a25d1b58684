/** What widgets show, outside of every other store: a value that changes draws one widget and nothing else. */
import { useSyncExternalStore } from "react";
import type { Widget } from "../api/types";
import { type ChartShown, grow } from "./trend";

const shown = new Map<string, unknown>();
const listeners = new Map<string, Set<() => void>>();
const changed = new Set<string>();
let scheduled = false;

/** `key` is `flow/node`. */
export function useShown<T>(key: string | null): T | null {
  return useSyncExternalStore(
    (heard) => listen(key ?? "", heard),
    () => (shown.get(key ?? "") ?? null) as T | null,
  );
}

/** Take the event `widgets`: what changed. */
export function takeShown(news: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(news)) put(key, value);
  schedule();
}

/** Take everything, with the pages. */
export function takeAll(widgets: readonly Widget[]): void {
  const there = new Set(widgets.map(({ flow, node }) => `${flow}/${node}`));
  for (const key of shown.keys()) {
    if (there.has(key)) continue;
    shown.delete(key);
    changed.add(key);
  }
  for (const { flow, node, shown: value } of widgets) put(`${flow}/${node}`, value);
  schedule();
}

export function shownNow(key: string): unknown {
  return shown.get(key) ?? null;
}

function put(key: string, value: unknown): void {
  const more = typeof value === "object" && value !== null && (value as Partial<ChartShown>).more === true;
  const before = shown.get(key);
  shown.set(key, more && before ? grow(before as ChartShown, value as ChartShown) : value);
  changed.add(key);
}

function schedule(): void {
  if (scheduled || changed.size === 0) return;
  scheduled = true;
  const tell = (): void => {
    scheduled = false;
    const keys = [...changed];
    changed.clear();
    for (const key of keys) for (const heard of listeners.get(key) ?? []) heard();
  };
  if (typeof requestAnimationFrame === "function") requestAnimationFrame(tell);
  else setTimeout(tell, 16);
}

function listen(key: string, heard: () => void): () => void {
  const found = listeners.get(key) ?? new Set();
  listeners.set(key, found.add(heard));
  return () => {
    found.delete(heard);
    if (found.size === 0) listeners.delete(key);
  };
}
