/** Parts of the page that are not needed at first: fetched when they are shown, or a while after the page is. */
import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import { loadEvery, loadRest } from "../text";

const waiting: (() => Promise<unknown>)[] = [loadRest, loadEvery];
/** Long enough not to be in the way of what is looked at first. */
const PAUSE = 6000;
/** Whoever does something may want any of it at once. */
const FIRST_DEED = ["pointermove", "pointerdown", "keydown"] as const;

/** `words`: what it says is in the first page's texts, or in those of the rooms that come later. */
export function later<P>(load: () => Promise<ComponentType<P>>, words: "first" | "rest" = "rest"): LazyExoticComponent<ComponentType<P>> {
  waiting.push(load);
  return words === "rest" ? withWords(load) : lazy(async () => ({ default: await load() }));
}

/** Fetch something beside the parts, when it is their turn. */
export function alsoLater(load: () => Promise<unknown>): void {
  waiting.push(load);
}

/** A part that is fetched when it is shown, and its words with it. */
export function withWords<P>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => {
    const [part] = await Promise.all([load(), loadRest()]);
    return { default: part };
  });
}

/**
 * Fetch them one by one, from the user's first move on, so that they are there when he wants them, also if the server
 * is not any more. Returns what ends that.
 */
export function fetchLater(): () => void {
  let timer = window.setTimeout(() => begin(), PAUSE);
  let ended = false;
  const next = async (): Promise<void> => {
    await waiting.shift()?.().catch(() => {}); // it is fetched again when it is shown
    if (!ended && waiting.length > 0) timer = window.setTimeout(() => void next(), 0);
  };
  const begin = (): void => {
    quiet();
    void next();
  };
  const quiet = (): void => {
    clearTimeout(timer);
    for (const deed of FIRST_DEED) window.removeEventListener(deed, begin, true);
  };
  for (const deed of FIRST_DEED) window.addEventListener(deed, begin, true);
  return () => {
    ended = true;
    quiet();
  };
}
