/**
 * Keeps the draft of one flow: first in this browser, then at the server, always as a change of what was there before
 * (If-Match). Two tabs of one user never overwrite each other: the second one is told, and saves no more until someone
 * has decided.
 */
import { ApiError } from "../../api/client";
import type { Draft } from "../../api/types";
import type { FlowDoc } from "../../model/flow";
import { same } from "../../model/same";
import type { Keeping } from "./localDrafts";

export type DraftState = "none" | "saving" | "saved" | "local" | "contested" | "refused";

export interface DraftServer {
  read(flow: string): Promise<Draft | null>;
  write(flow: string, doc: FlowDoc | null, base: string, after: string): Promise<string>;
  remove(flow: string, after: string): Promise<void>;
}

export interface Edit {
  doc: FlowDoc | null;
  base: string;
  /** Whether it is what is deployed: no draft is needed. */
  plain: boolean;
}

/** Milliseconds without an edit until it is saved in this browser, at the server, and tried again. */
const LOCAL_PAUSE = 150;
const SERVER_PAUSE = 800;
const RETRY = 3000;

/** The draft of one flow, and where it stands. */
export class DraftKeeper {
  readonly flow: string;
  state: DraftState = "none";
  /** The draft at the server that we know of; empty: none. */
  after = "";
  /** Why the server refused. */
  why = "";
  private wanted: Edit | null = null;
  private kept: Edit | null = null;
  private running = false;
  private localTimer: ReturnType<typeof setTimeout> | undefined;
  private serverTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    flow: string,
    private readonly key: string,
    private readonly server: DraftServer,
    private readonly local: Keeping,
    private readonly told: (keeper: DraftKeeper) => void,
  ) {
    this.flow = flow;
  }

  /** Whether leaving the page now could lose something. */
  get unsaved(): boolean {
    return this.state === "saving" || this.state === "local" || this.state === "contested" || this.state === "refused";
  }

  /** The edit is this now. */
  want(edit: Edit): void {
    if (this.wanted !== null && same(this.wanted, edit)) return;
    this.wanted = edit;
    if (edit.plain && this.after === "" && this.state === "none") return;
    clearTimeout(this.localTimer);
    this.localTimer = setTimeout(() => void this.keepLocally(), LOCAL_PAUSE);
    if (this.state === "contested") return;
    this.is("saving");
    this.soon(SERVER_PAUSE);
  }

  /** Save what waits now, for example after signing in again. */
  flush(): void {
    if (this.unsaved && this.state !== "contested") this.soon(0);
  }

  /** Our own draft is another one at the server now: another tab, or this page was loaded with it. */
  async seen(revision: string): Promise<void> {
    const { after } = this;
    if (revision === after || this.running) return;
    const theirs = await this.server.read(this.flow).catch(() => null);
    if (this.running || this.after !== after) return; // we have saved meanwhile, and only what goes on from ours is taken
    if (theirs === null || theirs.revision === after) return;
    if (this.wanted !== null && same(theirs.flow, this.wanted.doc)) this.after = theirs.revision;
    else if (this.state === "none" && this.wanted === null) this.after = theirs.revision;
    else this.is("contested");
  }

  /** Someone has looked at the other draft: from now on ours follows it. */
  async keepOurs(revision: string): Promise<void> {
    this.after = revision;
    this.is("saving");
    await this.save();
  }

  /** The other draft has been taken. */
  took(revision: string, edit: Edit): void {
    this.after = revision;
    this.wanted = this.kept = edit;
    this.is(edit.plain ? "none" : "saved");
    void this.local.remove(this.key);
  }

  private soon(pause: number): void {
    clearTimeout(this.serverTimer);
    this.serverTimer = setTimeout(() => void this.save(), pause);
  }

  private async keepLocally(): Promise<void> {
    const edit = this.wanted;
    if (edit === null || edit === this.kept || edit.plain) return;
    const { doc, base } = edit;
    await this.local.put({ key: this.key, flow: this.flow, doc, base, after: this.after, saved: Date.now() / 1000 });
    if (this.kept === edit) await this.local.remove(this.key); // the server was faster
  }

  private async save(): Promise<void> {
    const edit = this.wanted;
    if (edit === null) return;
    if (this.running) {
      this.soon(LOCAL_PAUSE);
      return;
    }
    this.running = true;
    try {
      if (edit.plain) {
        if (this.after !== "") await this.server.remove(this.flow, this.after);
        this.after = "";
      } else this.after = await this.server.write(this.flow, edit.doc, edit.base, this.after);
      this.kept = edit;
      if (this.wanted === edit) {
        await this.local.remove(this.key);
        this.is(edit.plain ? "none" : "saved");
      }
    } catch (error) {
      await this.failed(error, edit);
    } finally {
      this.running = false;
    }
  }

  private async failed(error: unknown, edit: Edit): Promise<void> {
    const status = error instanceof ApiError ? error.status : 0;
    if (edit.plain && (status === 404 || status === 409 || status === 412)) {
      this.after = ""; // it is gone already, or another tab goes on with it
      this.is("none");
    } else if (status === 409 || status === 412) await this.meet();
    else if (status === 0 || status === 401 || status === 429 || status >= 500) {
      const { wanted } = this;
      // That it is kept here is said once it is; meanwhile it may have got to the server, or have become another.
      void this.keepLocally().then(() => {
        if (this.state === "saving" && this.wanted === wanted) this.is("local");
      });
      if (status !== 401) this.soon(RETRY);
    } else {
      this.why = error instanceof Error ? error.message : "";
      this.is("refused");
    }
  }

  /** The draft at the server is not the one that we knew: gone, the same as ours, or another. */
  private async meet(): Promise<void> {
    const theirs = await this.server.read(this.flow).catch(() => null);
    if (theirs !== null && !same(theirs.flow, this.wanted?.doc ?? null)) {
      this.is("contested");
      return;
    }
    this.after = theirs?.revision ?? "";
    this.soon(0);
  }

  private is(state: DraftState): void {
    if (this.state === state) return;
    this.state = state;
    this.told(this);
  }
}
