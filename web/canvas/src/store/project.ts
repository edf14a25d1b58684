/**
 * The project being edited: every flow that has been opened, the shared connections, what is deployed, and one history.
 *
 * Every change goes through `commit`: whole values with structural sharing, and a step that knows the values before
 * and after. So undo cannot lie: it puts back what stood there, and "changed" is nothing but `doc != deployed`.
 */
import { create } from "zustand";
import { remembered, same } from "../model/same";
import type { ConnectionSpec, FlowDoc } from "../model/flow";

export type Connections = Record<string, ConnectionSpec>;

/** What a step touched: flow -> its value (null: it is not there), and the shared connections if they changed. */
export interface Patch {
  flows: Record<string, FlowDoc | null>;
  connections?: Connections;
}

export interface Step {
  label: string;
  /** The flow to show when the step is undone. */
  flow: string;
  before: Patch;
  after: Patch;
  /** Steps that follow each other with the same mark become one: the keys typed into one field. */
  merge?: string;
  /** What follows belongs to it as long as the user does nothing else: how often he had done something by then. */
  open?: number;
}

/** What the flows and connections are at one moment. */
export interface Content {
  flows: Record<string, FlowDoc>;
  connections: Connections;
}

export interface ProjectState extends Content {
  /** What the server has: what runs. */
  deployed: Content;
  /** Flow (or "connections.json") -> the revision its edit began with; missing: not on the server. */
  bases: Record<string, string>;
  past: Step[];
  future: Step[];
  /** Flows shown as tabs, in order, and the one in front. */
  tabs: string[];
  active: string | null;

  /** Change the content; nothing happens if the function returns what it was given. */
  commit(label: string, flow: string, change: (content: Content) => Content, merge?: string): void;
  /** Change one flow. */
  edit(label: string, flow: string, change: (doc: FlowDoc) => FlowDoc, merge?: string): void;
  /** What comes before the user does anything else is part of the last step: another part of the page makes it of that. */
  stayOpen(): void;
  undo(): Step | null;
  redo(): Step | null;
  /** Take a flow from the server; an edit of ours stays, unless `replace`. */
  receive(flow: string, doc: FlowDoc | null, base: string, replace?: boolean): void;
  receiveConnections(connections: Connections, base: string): void;
  /** Put a kept draft in place of what is shown, as one step. */
  restore(label: string, flow: string, doc: FlowDoc, base: string): void;
  show(flow: string): void;
  closeTab(flow: string): void;
}

const LONGEST_HISTORY = 500;
/** How often a key or a button was pressed on the page. */
let deeds = 0;
if (typeof window !== "undefined") for (const deed of ["pointerdown", "keydown"]) window.addEventListener(deed, () => deeds++, true);

export const useProject = create<ProjectState>()((set, get) => ({
  flows: {},
  connections: {},
  deployed: { flows: {}, connections: {} },
  bases: {},
  past: [],
  future: [],
  tabs: [],
  active: null,

  commit(label, flow, change, merge) {
    const now = get();
    const old: Content = { flows: now.flows, connections: now.connections };
    const next = change(old);
    const step = stepBetween(label, flow, old, next);
    if (step === null) return;
    const last = now.past.at(-1);
    const follows = last?.open === deeds;
    if (last === undefined || now.future.length > 0 || !(follows || (merge !== undefined && last.merge === merge))) {
      set({ ...next, past: [...now.past, { ...step, merge }].slice(-LONGEST_HISTORY), future: [] });
      return;
    }
    const rest = now.past.slice(0, -1);
    const both = follows ? { ...joined(last, step), label: last.label, merge } : joined(last, step);
    set({ ...next, past: same(both.before, both.after) ? rest : [...rest, both], future: [] });
  },

  stayOpen() {
    const { past } = get();
    const last = past.at(-1);
    if (last !== undefined) set({ past: [...past.slice(0, -1), { ...last, open: deeds }] });
  },

  edit(label, flow, change, merge) {
    const changed = (content: Content): Content => {
      const doc = content.flows[flow];
      if (doc === undefined) return content;
      const next = change(doc);
      return next === doc ? content : { ...content, flows: { ...content.flows, [flow]: next } };
    };
    get().commit(label, flow, changed, merge);
  },

  undo() {
    const { past, future } = get();
    const step = past.at(-1);
    if (step === undefined) return null;
    set({ ...applied(get(), step.before), past: past.slice(0, -1), future: [step, ...future] });
    return step;
  },

  redo() {
    const { past, future } = get();
    const step = future[0];
    if (step === undefined) return null;
    set({ ...applied(get(), step.after), past: [...past, step], future: future.slice(1) });
    return step;
  },

  receive(flow, doc, base, replace = false) {
    const now = get();
    const untouched = same(now.flows[flow] ?? null, now.deployed.flows[flow] ?? null);
    const take = replace || untouched;
    set({
      flows: take ? put(now.flows, flow, doc) : now.flows,
      deployed: { ...now.deployed, flows: put(now.deployed.flows, flow, doc) },
      bases: take ? put(now.bases, flow, doc === null ? null : base) : now.bases,
    });
  },

  receiveConnections(connections, base) {
    const now = get();
    const untouched = same(now.connections, now.deployed.connections);
    set({
      connections: untouched ? connections : now.connections,
      deployed: { ...now.deployed, connections },
      bases: untouched ? { ...now.bases, "connections.json": base } : now.bases,
    });
  },

  restore(label, flow, doc, base) {
    get().commit(label, flow, (content) => ({ ...content, flows: { ...content.flows, [flow]: doc } }));
    set({ bases: base ? { ...get().bases, [flow]: base } : get().bases });
  },

  show(flow) {
    const { tabs } = get();
    set({ active: flow, tabs: tabs.includes(flow) ? tabs : [...tabs, flow] });
  },

  closeTab(flow) {
    const { tabs, active } = get();
    const rest = tabs.filter((tab) => tab !== flow);
    set({ tabs: rest, active: active === flow ? (rest.at(-1) ?? null) : active });
  },
}));

/** The flows whose draft differs from what is deployed. */
export function changedFlows(state: ProjectState): string[] {
  const names = new Set([...Object.keys(state.flows), ...Object.keys(state.deployed.flows)]);
  return [...names].filter((name) => isChanged(state, name)).sort();
}

/** Whether the draft of a flow differs from what is deployed. */
export function isChanged({ flows, deployed }: Pick<ProjectState, "flows" | "deployed">, flow: string): boolean {
  const [doc, other] = [flows[flow], deployed.flows[flow]];
  return doc === undefined || other === undefined ? doc !== other : !sameDocs(doc, other);
}

const sameDocs = remembered<FlowDoc, FlowDoc, boolean>(same);

export function connectionsChanged(state: ProjectState): boolean {
  return !same(state.connections, state.deployed.connections);
}

function stepBetween(label: string, flow: string, old: Content, next: Content): Step | null {
  const before: Patch = { flows: {} };
  const after: Patch = { flows: {} };
  for (const name of new Set([...Object.keys(old.flows), ...Object.keys(next.flows)])) {
    if (old.flows[name] === next.flows[name]) continue;
    before.flows[name] = old.flows[name] ?? null;
    after.flows[name] = next.flows[name] ?? null;
  }
  if (old.connections !== next.connections) {
    before.connections = old.connections;
    after.connections = next.connections;
  }
  const nothing = Object.keys(before.flows).length === 0 && before.connections === undefined;
  return nothing ? null : { label, flow, before, after };
}

/** One step in place of two that follow each other. */
function joined(first: Step, second: Step): Step {
  const before: Patch = { flows: { ...second.before.flows, ...first.before.flows } };
  const after: Patch = { flows: { ...first.after.flows, ...second.after.flows } };
  const connections = first.before.connections ?? second.before.connections;
  if (connections !== undefined) {
    before.connections = connections;
    after.connections = second.after.connections ?? first.after.connections;
  }
  return { ...second, before, after, merge: first.merge };
}

function applied(content: Content, patch: Patch): Content {
  let flows = content.flows;
  for (const [name, doc] of Object.entries(patch.flows)) flows = put(flows, name, doc);
  return { flows, connections: patch.connections ?? content.connections };
}

function put<T>(record: Record<string, T>, key: string, value: T | null): Record<string, T> {
  const { [key]: _, ...rest } = record;
  return value === null ? rest : { ...record, [key]: value };
}
