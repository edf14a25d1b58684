/**
 * The one connection of a browser to the server's stream. It reconnects by itself with growing pauses, says what to
 * send, and polls while the server has no stream to spare (503). Read with fetch instead of EventSource: that shows
 * the status (401, 503) and the pings.
 */
import type { Watching } from "../api/types";
import { pollOnce } from "./polling";
import { EventReader } from "./sse";

export type FeedState = "connecting" | "live" | "lost" | "signed-out";

export interface FeedListener {
  event(name: string, data: unknown): void;
  /** Something came, if only a ping. */
  heard(): void;
  state(state: FeedState, polling: boolean): void;
}

/** Milliseconds between tries; the last one stays. */
const PAUSES = [500, 1000, 2000, 4000, 5000];
const SILENT = 12_000; // the server pings each 10 s
const POLL = 2000;
const POLLS_BEFORE_RETRY = 10;

export interface FeedTimes {
  pauses: readonly number[];
  poll: number;
}

/** The connection itself: opened, kept, and told what is to be watched. */
export class Feed {
  readonly #listener: FeedListener;
  readonly #base: string;
  readonly #times: FeedTimes;
  #csrf = "";
  #wanted: Watching = {};
  #sent = "";
  /** Whether this stream carries the messages of debug nodes. */
  #debug = false;
  #sending = false;
  #stream = "";
  #run = 0;
  #abort: AbortController | null = null;
  #wake: () => void = () => {};

  constructor(listener: FeedListener, base = "", times: FeedTimes = { pauses: PAUSES, poll: POLL }) {
    this.#listener = listener;
    this.#base = base;
    this.#times = times;
  }

  /** Begin, or begin anew when someone else has signed in. */
  open(csrf: string): void {
    if (this.#abort !== null && csrf === this.#csrf) return;
    this.close();
    this.#csrf = csrf;
    void this.#keep(++this.#run);
  }

  close(): void {
    this.#run++;
    this.#stream = "";
    this.#abort?.abort();
    this.#abort = null;
    this.#wake();
  }

  /** Try at once in place of waiting: the network is back, someone looks again. */
  hurry(): void {
    this.#wake();
  }

  watch(watching: Watching): void {
    this.#wanted = watching;
    void this.#tell();
  }

  async #keep(run: number): Promise<void> {
    let failures = 0;
    this.#listener.state("connecting", false);
    while (run === this.#run) {
      const abort = (this.#abort = new AbortController());
      const end = await this.#read(abort, run, () => (failures = 0)).catch(() => "lost" as const);
      this.#stream = "";
      if (run !== this.#run) return;
      if (end === "signed-out") {
        this.#abort = null;
        this.#listener.state("signed-out", false);
        return;
      }
      if (end === "full") {
        await this.#poll(run);
        continue;
      }
      this.#listener.state("lost", false);
      const pause = this.#times.pauses[Math.min(failures++, this.#times.pauses.length - 1)] ?? 1000;
      await this.#wait(pause * (0.8 + 0.4 * Math.random())); // not all browsers of a plant at the same moment
    }
  }

  async #read(abort: AbortController, run: number, connected: () => void): Promise<"lost" | "full" | "signed-out"> {
    let silence = setTimeout(() => abort.abort(), SILENT);
    try {
      const response = await fetch(`${this.#base}/api/stream`, {
        signal: abort.signal,
        credentials: "same-origin",
        cache: "no-store",
        headers: { Accept: "text/event-stream" },
      });
      if (response.status === 401) return "signed-out";
      if (response.status === 503) return "full";
      if (!response.ok || response.body === null) return "lost";
      const events = new EventReader();
      const reader = response.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, BufferSource>).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || run !== this.#run) return "lost";
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENT);
        this.#listener.heard();
        for (const { name, data } of events.read(value)) {
          const read: unknown = JSON.parse(data);
          if (name === "hello") {
            connected();
            this.#stream = (read as { stream: string }).stream;
            this.#sent = "";
            this.#debug = false;
            this.#listener.state("live", false);
            void this.#tell();
          }
          this.#listener.event(name, read);
          if (name === "bye") return "lost";
        }
      }
    } finally {
      clearTimeout(silence);
      abort.abort(); // or the server would hold the stream until its next ping
    }
  }

  /** Say what to send: one request at a time, the newest wish last. */
  async #tell(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (;;) {
        const stream = this.#stream;
        const { debug = false } = this.#wanted;
        const body = JSON.stringify(this.#wanted);
        if (stream === "" || body === this.#sent) return;
        this.#sent = body;
        const response = await fetch(`${this.#base}/api/streams/${encodeURIComponent(stream)}`, {
          method: "PUT",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": this.#csrf },
          body,
        });
        if (stream !== this.#stream) continue;
        if (!response.ok) {
          this.#abort?.abort(); // the server does not know this stream (any more): a new one says it again
          return;
        }
        if (debug && !this.#debug) this.#listener.event("debug-begins", null);
        this.#debug = debug;
      }
    } catch {
      this.#abort?.abort(); // out of reach, or this one request was cut off: a new stream says it again
    } finally {
      this.#sending = false;
    }
  }

  /** Ask every two seconds while the server has no stream for us; now and then try for a stream again. */
  async #poll(run: number): Promise<void> {
    for (let polls = 0; run === this.#run && polls < POLLS_BEFORE_RETRY; polls++) {
      try {
        for (const { name, data } of await pollOnce(this.#base, this.#wanted)) {
          if (run !== this.#run) return;
          this.#listener.heard();
          this.#listener.state("live", true);
          this.#listener.event(name, data);
        }
      } catch {
        this.#listener.state("lost", true);
      }
      await this.#wait(this.#times.poll);
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
