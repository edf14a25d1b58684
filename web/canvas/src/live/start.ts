/** The page's end of the stream: which flows this tab watches, and where what comes is put. */
import type { Alarms, Debug, EngineLive, Faults, Machines, Watching } from "../api/types";
import { useAlarms } from "../alarms/store";
import { useDebug } from "../debug/items";
import { useMachines } from "../machines/store";
import { useSession } from "../store/session";
import { useEngine } from "./engine";
import { takeFaults } from "./faults";
import { Feed, type FeedState } from "./feed";
import type { Frame } from "./frames";
import { Hub, type ToHub, type ToTab } from "./hub";
import { heardNow, linkIs, watchSilence } from "./link";
import { keepOnly, takeFrame } from "./values";

/** What other rooms do when something happened at the server. */
export interface StreamCallbacks {
  /** Flows were deployed, changed outside, started, stopped or failed, or who edits them: fetch /api/project again. */
  project?(): void;
  deployed?(what: { flow: string; revision: string; by: string }): void;
  /** One's own draft changed in another tab. */
  draft?(what: { flow: string; revision: string }): void;
  widgets?(shown: Record<string, unknown>): void;
}

const SILENCE = 500;

let wanted: Watching = {};
let tell: ((message: ToHub) => void) | null = null;

/** Say what this tab watches; what is left out stays as it was. */
export function watch(change: Partial<Watching>): void {
  wanted = { ...wanted, ...change };
  if (change.flows !== undefined) keepOnly(change.flows);
  say();
}

/**
 * Begin to hear of everything that this tab watches, as long as someone is signed in. Returns what ends it.
 * To be called once for a page.
 */
export function startStream(callbacks: StreamCallbacks = {}): () => void {
  let live = false;
  const hear = (message: ToTab): void => {
    if (message.kind === "ask") tell?.({ kind: "here" });
    else if (message.kind === "heard") heardNow();
    else if (message.kind === "state") {
      took(message.state, message.polling);
      const was = live;
      live = message.state === "live";
      if (live && !was) missed(callbacks);
    } else {
      heardNow();
      dispatch(message.name, message.data, callbacks);
    }
  };
  const end = connect(hear);
  const silence = setInterval(watchSilence, SILENCE);
  const unfollow = useSession.subscribe(({ session }, { session: before }) => {
    if (session?.csrf !== before?.csrf || session?.user !== before?.user) say();
  });
  say();
  return () => {
    clearInterval(silence);
    unfollow();
    end();
    tell = null;
  };
}

function say(): void {
  const session = useSession.getState().session;
  if (session === null) return;
  tell?.(session.user === "" ? { kind: "leave" } : { kind: "watch", watching: wanted, csrf: session.csrf });
}

function took(state: FeedState, polling: boolean): void {
  if (state === "signed-out") {
    linkIs("lost", false);
    useSession.getState().lost();
  } else linkIs(state, polling);
}

/** Nobody told this tab of anything for a while: since it read session and project, or since the connection was lost. */
function missed(callbacks: StreamCallbacks): void {
  callbacks.project?.();
  dispatch("session", null, callbacks);
}

function dispatch(name: string, data: unknown, callbacks: StreamCallbacks): void {
  if (name === "live") takeFrame(data as Frame);
  else if (name === "engine") useEngine.setState({ engine: data as EngineLive });
  else if (name === "debug") useDebug.getState().take(data as Debug);
  else if (name === "faults") takeFaults(data as Faults);
  else if (name === "alarms") useAlarms.setState({ alarms: data as Alarms });
  else if (name === "machines") useMachines.setState({ machines: data as Machines });
  else if (name === "project") callbacks.project?.();
  else if (name === "deployed") callbacks.deployed?.(data as { flow: string; revision: string; by: string });
  else if (name === "session") void useSession.getState().load().catch(() => {}); // it may do more, or less
  else if (name === "draft") callbacks.draft?.(data as { flow: string; revision: string });
  else if (name === "debug-begins") fetchMissed();
  else if (name === "lost") {
    missed(callbacks); // this browser was too slow: the server says states anew, but no news
    if (wanted.debug) fetchMissed();
  } else if (name === "widgets") callbacks.widgets?.(data as Record<string, unknown>);
}

/** The messages of debug nodes from before the stream carried them, or that it has lost. */
function fetchMissed(): void {
  void useDebug.getState().load().catch(() => {});
}

/** Reach the hub: in a SharedWorker, or in this page where there is none (some phones, private windows). */
function connect(hear: (message: ToTab) => void): () => void {
  if (typeof SharedWorker === "undefined") return connectHere(hear);
  let end = (): void => {};
  try {
    const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "flowengine-stream" });
    worker.onerror = () => {
      if (tell === null) return;
      end();
      end = connectHere(hear);
      say();
    };
    worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => hear(data);
    tell = (message) => worker.port.postMessage(message);
    const leave = (): void => worker.port.postMessage({ kind: "leave" } satisfies ToHub);
    const back = (): void => {
      if (document.visibilityState !== "visible") return;
      say(); // the hub may have taken a frozen tab for gone
      tell?.({ kind: "hurry" });
    };
    addEventListener("pagehide", leave);
    addEventListener("pageshow", back);
    addEventListener("online", back);
    document.addEventListener("visibilitychange", back);
    end = () => {
      removeEventListener("pagehide", leave);
      removeEventListener("pageshow", back);
      removeEventListener("online", back);
      document.removeEventListener("visibilitychange", back);
      leave();
      worker.port.close();
    };
    return () => end();
  } catch {
    return connectHere(hear);
  }
}

/** One stream for this tab, and only while it can be seen: a browser opens six connections to a server, no more. */
function connectHere(hear: (message: ToTab) => void): () => void {
  const feed: Feed = new Feed({
    event: (name, data) => hub.event(name, data),
    heard: () => hub.heard(),
    state: (state, polling) => hub.state(state, polling),
  });
  const hub = new Hub(feed);
  const toHub = hub.join(hear);
  tell = toHub;
  const seen = (): void => {
    if (document.visibilityState === "visible") say();
    else toHub({ kind: "leave" });
  };
  document.addEventListener("visibilitychange", seen);
  return () => {
    document.removeEventListener("visibilitychange", seen);
    toHub({ kind: "leave" });
  };
}
