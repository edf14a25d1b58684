/** What widgets show, outside of every other store: a value that changes draws one widget and nothing else. */
import { useSyncExternalStore } from "react";
import type { Widget } from "../api/types";
import { type ChartShown, grow } from "./trend";

const shown = new Map<string, unknown>();
const listeners = new Map<string, Set<() => void>>();
const changed = new Set<string>();
/** `flow/node` -> the number of the event that told it last. */
const told = new Map<string, number>();
let count = 0;
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
  count += 1;
  for (const [key, value] of Object.entries(news)) {
    if (!isMore(value) || shown.has(key)) told.set(key, count);
    put(key, value);
  }
  schedule();
}

/** What the stream has told so far: to be asked before everything is, and given to `takeAll` with it. */
export function heardSoFar(): number {
  return count;
}

/** Take everything, with the pages; what the stream has told since it was asked for is newer. */
export function takeAll(widgets: readonly Widget[], heard = count): void {
  const there = new Set(widgets.map(({ flow, node }) => `${flow}/${node}`));
  for (const key of shown.keys()) {
    if (there.has(key)) continue;
    shown.delete(key);
    told.delete(key);
    changed.add(key);
  }
  for (const { flow, node, shown: value } of widgets) {
    const key = `${flow}/${node}`;
    if ((told.get(key) ?? 0) <= heard) put(key, value);
  }
  schedule();
}

export function shownNow(key: string): unknown {
  return shown.get(key) ?? null;
}

function put(key: string, value: unknown): void {
  const before = shown.get(key);
  shown.set(key, isMore(value) && before ? grow(before as ChartShown, value as ChartShown) : value);
  changed.add(key);
}

/** Whether it is to be added to what is known. */
function isMore(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Partial<ChartShown>).more === true;
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
