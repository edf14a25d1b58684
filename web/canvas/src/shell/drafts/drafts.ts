/** The drafts of this page: every changed flow is kept, and what was kept before is offered. */
import { create } from "zustand";
import { ApiError, get, part, request } from "../../api/client";
import type { Draft, Drafts } from "../../api/types";
import type { FlowDoc } from "../../model/flow";
import { withoutFlow } from "../../model/folder";
import { same } from "../../model/same";
import { type Connections, isChanged, type ProjectState, useProject } from "../../store/project";
import { may, maySomewhere, useSession } from "../../store/session";
import { useView } from "../../store/view";
import { t } from "../../text";
import { notify } from "../../ui/notices";
import { DraftKeeper, type DraftServer, type DraftState, type Edit } from "./draftKeeper";
import { CONNECTIONS, loadFlow, sharedDoc } from "../loading";
import { type LocalDraft, localDrafts } from "./localDrafts";
import { named, tabName } from "./tabName";

/** A draft from before this page was loaded, which differs from what is deployed. */
export interface Offer {
  flow: string;
  doc: FlowDoc | null;
  base: string;
  saved: number;
  /** The draft at the server; empty: it is in this browser only. */
  revision: string;
}

interface DraftsState {
  states: Record<string, DraftState>;
  offers: Offer[];
}

export const useDrafts = create<DraftsState>()(() => ({ states: {}, offers: [] }));

const keepers = new Map<string, DraftKeeper>();

const server: DraftServer = {
  read: async (flow) => {
    try {
      return await get<Draft>(`/api/drafts/${part(flow)}`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  },
  write: async (flow, doc, base, after) => {
    const body = { flow: doc, base };
    const { body: kept } = await request<Draft>("PUT", `/api/drafts/${part(flow)}`, body, condition(after));
    return kept.revision;
  },
  remove: async (flow, after) => {
    await request("DELETE", `/api/drafts/${part(flow)}`, undefined, condition(after));
  },
};

function condition(after: string): Record<string, string> {
  return after === "" ? { "If-None-Match": "*" } : { "If-Match": `"${after}"` };
}

/** Follow every edit from now on; returns what ends it. */
export function keepDrafts(): () => void {
  const follow = (now: ProjectState, before: ProjectState): void => {
    for (const flow of touched(now, before)) if (may("editor", flow === CONNECTIONS ? null : flow)) keeper(flow).want(editOf(flow, now));
  };
  const unfollow = useProject.subscribe(follow);
  const guard = (event: BeforeUnloadEvent): void => {
    if ([...keepers.values()].some((one) => one.unsaved)) event.preventDefault();
  };
  const flush = (): void => keepers.forEach((one) => one.flush());
  addEventListener("beforeunload", guard);
  addEventListener("online", flush);
  return () => {
    unfollow();
    removeEventListener("beforeunload", guard);
    removeEventListener("online", flush);
  };
}

/** Save again what could not be saved: after signing in, when the connection is back. */
export function flushDrafts(): void {
  keepers.forEach((one) => one.flush());
}

/** A draft of ours changed in another tab, or here. */
export function draftSeen(flow: string, revision: string): void {
  void keeper(flow).seen(revision);
}

/** The keeper of a flow's draft. */
export function keeper(flow: string): DraftKeeper {
  const known = keepers.get(flow);
  if (known !== undefined) return known;
  const made = new DraftKeeper(flow, `${prefix()}${flow}\n${tabName()}`, server, localDrafts, told);
  keepers.set(flow, made);
  return made;
}

/** What a flow's edit is now. */
export function editOf(flow: string, { flows, deployed, connections, bases }: ProjectState = useProject.getState()): Edit {
  const base = bases[flow] ?? "";
  if (flow === CONNECTIONS) {
    return { doc: sharedDoc(connections), base, plain: same(connections, deployed.connections) };
  }
  return { doc: flows[flow] ?? null, base, plain: !isChanged({ flows, deployed }, flow) };
}

function touched(now: ProjectState, before: ProjectState): string[] {
  const names = new Set<string>();
  for (const [next, last] of [
    [now.flows, before.flows],
    [now.deployed.flows, before.deployed.flows],
  ] as const) {
    if (next === last) continue;
    for (const name of new Set([...Object.keys(next), ...Object.keys(last)])) if (next[name] !== last[name]) names.add(name);
  }
  const shared = now.connections !== before.connections || now.deployed.connections !== before.deployed.connections;
  return shared ? [...names, CONNECTIONS] : [...names];
}

function told({ flow, state, why }: DraftKeeper): void {
  useDrafts.setState({ states: { ...useDrafts.getState().states, [flow]: state } });
  if (state === "refused") notify("warning", t("shell.draft-refused", { flow, reason: why }));
  if (state === "contested")
    notify("info", t("shell.draft-contested", { flow }), {
      label: t("shell.review"),
      run: () => useView.getState().openDialog("draft-conflict", { flow }),
    });
}

/** Look for drafts from before; those that differ from what is deployed are offered. */
export async function findDrafts(): Promise<void> {
  if (!maySomewhere("editor")) return;
  const [{ drafts }, locals] = await Promise.all([get<Drafts>("/api/drafts"), localDrafts.all(prefix()), named]);
  const offers: Offer[] = [];
  for (const flow of new Set([...drafts.map(({ name }) => name), ...locals.map((one) => one.flow)])) {
    const kept = drafts.some(({ name }) => name === flow) ? await server.read(flow) : null;
    if (flow !== CONNECTIONS) await loadFlow(flow);
    if ((keepers.get(flow)?.state ?? "none") !== "none") continue; // it is edited already: this draft is not from before
    const offer = newest(flow, kept, locals);
    if (offer !== null && !same(offer.doc, editOf(flow).doc)) offers.push(offer);
    else await forget(flow, kept?.revision ?? "");
  }
  useDrafts.setState({ offers });
  if (offers.length > 0) useView.getState().openDialog("restore");
}

/** What this browser kept goes on from the server's draft that it names, so it is newer; else the clocks decide. */
function newest(flow: string, kept: Draft | null, locals: readonly LocalDraft[]): Offer | null {
  const local = locals.filter((one) => one.flow === flow).sort((a, b) => b.saved - a.saved)[0];
  const revision = kept?.revision ?? "";
  if (local !== undefined && (kept === null || local.after === revision || local.saved > kept.saved))
    return { flow, doc: local.doc, base: local.base, saved: local.saved, revision };
  if (kept === null) return null;
  return { flow, doc: kept.flow as unknown as FlowDoc | null, base: kept.base, saved: kept.saved, revision };
}

/** Put drafts back in place: one step each, which undo takes back. */
export function restoreDrafts(offers: readonly Offer[]): void {
  const project = useProject.getState();
  for (const { flow, doc, base, revision } of offers) {
    keeper(flow).after = revision;
    const label = t("shell.restored", { flow });
    if (flow === CONNECTIONS)
      project.commit(label, useProject.getState().active ?? "", (content) => ({ ...content, connections: (doc as unknown as { connections: Connections }).connections }));
    else if (doc === null)
      project.commit(label, flow, (content) => ({ ...content, flows: withoutFlow(content.flows, flow) }));
    else project.restore(label, flow, doc, base);
    void dropLocal(flow);
  }
  const first = offers.find(({ doc, flow }) => doc !== null && flow !== CONNECTIONS);
  if (first !== undefined && useProject.getState().active === null) useProject.getState().show(first.flow);
  useDrafts.setState({ offers: [] });
}

/** Throw drafts away, here and at the server. */
export async function discardDrafts(offers: readonly Offer[]): Promise<void> {
  useDrafts.setState({ offers: [] });
  for (const { flow, revision } of offers) await forget(flow, revision);
}

async function forget(flow: string, revision: string): Promise<void> {
  await dropLocal(flow);
  if (revision !== "") await server.remove(flow, revision).catch(() => {});
}

async function dropLocal(flow: string): Promise<void> {
  await localDrafts.removeAll(`${prefix()}${flow}\n`);
}

function prefix(): string {
  const session = useSession.getState().session;
  return `${session?.user ?? ""}\n${session?.folder ?? ""}\n`;
}
