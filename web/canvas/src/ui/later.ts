/** Parts of the page that are not needed at first: fetched when they are shown, or a while after the page is. */
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

const waiting: (() => Promise<unknown>)[] = [];
/** Long enough not to be in the way of what is looked at first. */
const PAUSE = 6000;

export function later<P>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> {
  waiting.push(load);
  return lazy(async () => ({ default: await load() }));
}

/** Fetch them one by one, so that they are there also when the server is not. Returns what ends that. */
export function fetchLater(): () => void {
  let timer = window.setTimeout(() => void next(), PAUSE);
  let ended = false;
  const next = async (): Promise<void> => {
    await waiting.shift()?.().catch(() => {}); // it is fetched again when it is shown
    if (!ended && waiting.length > 0) timer = window.setTimeout(() => void next(), 100);
  };
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
