/**
 * All tabs of one browser at one stream: the server hears of everything that any tab watches, each tab hears what it
 * watches. Runs in a SharedWorker; where there is none, in the page, with one tab.
 */
import type { Watching } from "../api/types";
import type { Feed, FeedState } from "./feed";
import { apply, type Frame, type Known, unknown, wholeFrame } from "./frames";

export type ToHub =
  | { kind: "watch"; watching: Watching; csrf: string }
  | { kind: "here" }
  | { kind: "hurry" }
  | { kind: "leave" };

export type ToTab =
  | { kind: "event"; name: string; data: unknown }
  | { kind: "heard" }
  | { kind: "state"; state: FeedState; polling: boolean }
  /** Are you still there? A tab that was closed cannot always say so. */
  | { kind: "ask" };

interface Tab {
  send(message: ToTab): void;
  watching: Watching;
  /** Asked this often without an answer. */
  silent: number;
  joined: boolean;
}

/** A tab that did not answer so often is gone; a frozen one that comes back says again what it watches. */
const GONE = 3;
/** Events that only some want; every other one goes to all tabs. */
const ASKED_FOR = { debug: "debug", "debug-begins": "debug", widgets: "dashboard" } as const;
/** Newest state, told to a tab that joins later. */
const REMEMBERED = ["engine", "faults", "machines", "alarms"];

/** One feed and the tabs that share it. */
export class Hub {
  readonly #feed: Pick<Feed, "open" | "close" | "watch" | "hurry">;
  readonly #tabs = new Set<Tab>();
  readonly #flows = new Map<string, Known>();
  readonly #newest = new Map<string, unknown>();
  #state: { state: FeedState; polling: boolean } = { state: "connecting", polling: false };

  constructor(feed: Pick<Feed, "open" | "close" | "watch" | "hurry">) {
    this.#feed = feed;
  }

  get tabs(): number {
    return this.#tabs.size;
  }

  /** Let a tab in; what it says goes to the function that is returned. */
  join(send: (message: ToTab) => void): (message: ToHub) => void {
    const tab: Tab = { send, watching: {}, silent: 0, joined: false };
    return (message) => {
      tab.silent = 0;
      if (message.kind === "watch") this.#watch(tab, message.watching, message.csrf);
      else if (message.kind === "hurry") this.#feed.hurry();
      else if (message.kind === "leave") this.#leave(tab);
    };
  }

  /** Ask every tab whether it is still there, and forget those that have not answered. */
  ask(): void {
    for (const tab of this.#tabs) {
      if (tab.silent++ >= GONE) this.#leave(tab);
      else tab.send({ kind: "ask" });
    }
  }

  event(name: string, data: unknown): void {
    if (name === "hello") this.#flows.clear(); // what comes now are full frames again
    if (REMEMBERED.includes(name)) this.#newest.set(name, data);
    if (name === "live") this.#live(data as Frame);
    else {
      const wish = ASKED_FOR[name as keyof typeof ASKED_FOR];
      for (const tab of this.#tabs) if (wish === undefined || tab.watching[wish]) tab.send({ kind: "event", name, data });
    }
  }

  heard(): void {
    for (const tab of this.#tabs) tab.send({ kind: "heard" });
  }

  state(state: FeedState, polling: boolean): void {
    this.#state = { state, polling };
    for (const tab of this.#tabs) tab.send({ kind: "state", state, polling });
  }

  #live(frame: Frame): void {
    const { flow } = frame;
    const watching = [...this.#tabs].filter((tab) => tab.watching.flows?.includes(flow));
    if (watching.length === 0) return;
    const known = this.#flows.get(flow);
    const full = frame.full ?? known === undefined;
    const now = known ?? unknown();
    this.#flows.set(flow, now);
    apply(now, { ...frame, full });
    for (const tab of watching) tab.send({ kind: "event", name: "live", data: { ...frame, full } });
  }

  #watch(tab: Tab, watching: Watching, csrf: string): void {
    const before = new Set(tab.watching.flows ?? []);
    tab.watching = watching;
    this.#feed.open(csrf);
    if (!tab.joined) {
      tab.joined = true;
      this.#tabs.add(tab);
      tab.send({ kind: "state", ...this.#state });
      for (const [name, data] of this.#newest) tab.send({ kind: "event", name, data });
    }
    this.#tell();
    for (const flow of watching.flows ?? []) {
      const known = this.#flows.get(flow);
      if (known !== undefined && !before.has(flow)) tab.send({ kind: "event", name: "live", data: wholeFrame(flow, known) });
    }
  }

  #leave(tab: Tab): void {
    tab.joined = false;
    tab.watching = {};
    if (!this.#tabs.delete(tab)) return;
    if (this.#tabs.size === 0) {
      this.#feed.close();
      this.#flows.clear();
      this.#newest.clear();
    } else this.#tell();
  }

  #tell(): void {
    const all = [...this.#tabs].map(({ watching }) => watching);
    const flows = union(all.map(({ flows = [] }) => flows));
    for (const flow of this.#flows.keys()) if (!flows.includes(flow)) this.#flows.delete(flow);
    this.#feed.watch({
      flows,
      debug: all.some(({ debug }) => debug),
      dashboard: all.some(({ dashboard }) => dashboard),
      editing: union(all.map(({ editing = [] }) => editing)),
    });
  }
}

function union(lists: string[][]): string[] {
  return [...new Set(lists.flat())].sort().slice(0, MOST_FLOWS);
}

/** As many as the server takes (shapes.py, Watching). */
const MOST_FLOWS = 200;
