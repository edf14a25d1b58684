/** Undo never lies, whatever was done. */
import fc from "fast-check";
import { beforeEach, expect, it, vi } from "vitest";
import { aligned } from "../../src/model/align";
import * as edit from "../../src/model/edit";
import { makeSubflow } from "../../src/model/edit/subflow";
import type { FlowDoc } from "../../src/model/flow";
import { fragmentOf, paste } from "../../src/model/fragment";
import { freshName, isName, nameFor } from "../../src/model/ids";
import { same } from "../../src/model/same";
import { wireKey } from "../../src/model/wires";
import { changedFlows, type Content, useProject } from "../../src/store/project";
import { KNOWN, OVEN } from "./sample";

type Act = (doc: FlowDoc, pick: <T>(list: readonly T[]) => T | undefined) => FlowDoc;

const TYPES = Object.keys(KNOWN.types);
const nodes = (doc: FlowDoc): string[] => Object.keys(doc.nodes);
const fresh = (doc: FlowDoc, wanted: string): string => freshName(wanted, (name) => Object.hasOwn(doc.nodes, name));

const ACTS: Record<string, Act> = {
  add: (doc, pick) => {
    const type = pick(TYPES) ?? "";
    return edit.addNode(doc, fresh(doc, nameFor(type)), { type }, [pick([0, 40, 80]) ?? 0, 20]);
  },
  remove: (doc, pick) => edit.removeNodes(doc, [pick(nodes(doc)) ?? ""]),
  reconnect: (doc, pick) => edit.removeAndReconnect(doc, [pick(nodes(doc)) ?? ""], KNOWN),
  connect: (doc, pick) => edit.connect(doc, { from: pick(nodes(doc)) ?? "a", to: pick(nodes(doc)) ?? "b" }),
  disconnect: (doc, pick) => edit.disconnect(doc, [pick(doc.wires.map(wireKey)) ?? ""]),
  feedback: (doc, pick) => edit.setWire(doc, pick(doc.wires.map(wireKey)) ?? "", { feedback: pick([undefined, { initial: 0 }]) }),
  insert: (doc, pick) => {
    const name = fresh(doc, "range");
    const wire = pick(doc.wires.map(wireKey)) ?? "";
    return edit.insertOnWire(edit.addNode(doc, name, { type: "values/range" }, [0, 0]), wire, name, name);
  },
  move: (doc, pick) => edit.moveNodes(doc, [[pick(nodes(doc)) ?? "$none", [pick([0, 20, 400]) ?? 0, 60]]]),
  rename: (doc, pick) => edit.renameNode(doc, pick(nodes(doc)) ?? "", fresh(doc, pick(["oven", "north", "x"]) ?? "")),
  options: (doc, pick) => edit.setOptions(doc, pick(nodes(doc)) ?? "", pick([{}, { high: 1 }, { high: 2 }]) ?? {}),
  disable: (doc, pick) => edit.disableNodes(doc, [pick(nodes(doc)) ?? ""], pick([true, false]) ?? true),
  disableWire: (doc, pick) => edit.disableWires(doc, [pick(doc.wires.map(wireKey)) ?? ""], pick([true, false]) ?? true),
  group: (doc, pick) => edit.makeGroup(doc, fresh(doc, "group"), { nodes: [pick(nodes(doc)) ?? "", pick(nodes(doc)) ?? ""] }),
  ungroup: (doc, pick) => edit.removeMarks(doc, [pick(Object.keys(doc.layout ?? {})) ?? ""]),
  note: (doc, pick) => edit.addNote(doc, pick(["a", "b"]) ?? "", { at: [0, 0], size: [100, 60], text: "" }),
  noteText: (doc, pick) => edit.setNote(doc, "$note:a", { text: pick(["", "hot"]) }),
  align: (doc) => edit.moveNodes(doc, aligned(nodes(doc).map((key, n) => ({ key, x: n, y: n, width: 160, height: 46 })), "top")),
  paste: (doc, pick) => paste(doc, fragmentOf(doc, nodes(doc).slice(0, pick([1, 2, 3])), [], KNOWN), [0, 0], {}, KNOWN).doc,
  door: (doc, pick) => edit.addDoor(doc, "inputs", pick(["in", "reset"]) ?? ""),
  lead: (doc, pick) => edit.leadDoor(doc, "inputs", "in", pick(nodes(doc)) ?? "a", true),
};

const START: Content = { flows: { oven: OVEN }, connections: {} };
const KEPT = structuredClone(START);

beforeEach(() => useProject.setState({ ...START, deployed: START, past: [], future: [] }));

/** Each step names an act and how to pick what it is done to. */
const STEPS = fc.array(fc.record({ act: fc.constantFrom(...Object.keys(ACTS), "subflow", "deploy"), picks: fc.array(fc.nat(1000), { minLength: 5, maxLength: 5 }) }), {
  minLength: 1,
  maxLength: 40,
});

function picker(picks: readonly number[]): <T>(list: readonly T[]) => T | undefined {
  let n = 0;
  return (list) => list[(picks[n++ % picks.length] ?? 0) % Math.max(1, list.length)];
}

function perform(act: string, picks: readonly number[]): void {
  const { edit: change, commit } = useProject.getState();
  const pick = picker(picks);
  if (act === "deploy") {
    const { flows, connections } = useProject.getState();
    useProject.setState({ deployed: { flows, connections } });
  } else if (act === "subflow")
    commit("subflow", "oven", (content) => {
      const doc = content.flows["oven"] as FlowDoc;
      const name = freshName("part", (one) => Object.hasOwn(content.flows, one));
      const made = makeSubflow(doc, nodes(doc).slice(0, 2), name, KNOWN);
      return made === null ? content : { ...content, flows: { ...content.flows, oven: made.outer, [name]: made.inner } };
    });
  else change(act, "oven", (doc) => (ACTS[act] as Act)(doc, pick));
}

/** A copy, so that an edit that changed an old value in its place is found out. */
function contentNow(): Content {
  const { flows, connections } = useProject.getState();
  return structuredClone({ flows, connections });
}

function changedIsTrue(): void {
  const state = useProject.getState();
  const differs = Object.keys({ ...state.flows, ...state.deployed.flows }).filter(
    (name) => JSON.stringify(sorted(state.flows[name])) !== JSON.stringify(sorted(state.deployed.flows[name])),
  );
  expect(changedFlows(state)).toEqual(differs.sort());
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort().map(([key, inner]) => [key, sorted(inner)]));
}

it("undo of everything gives the start, redo of everything the end, and the changed mark is true at each step", () => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      useProject.setState({ ...START, deployed: START, past: [], future: [] });
      const seen: Content[] = [contentNow()];
      for (const { act, picks } of steps) {
        const { flows } = useProject.getState();
        perform(act, picks);
        changedIsTrue();
        if (useProject.getState().flows !== flows) seen.push(contentNow());
        for (const name of Object.keys(contentNow().flows["oven"]?.nodes ?? {})) expect(isName(name)).toBe(true);
      }
      const end = contentNow();
      const { undo, redo } = useProject.getState();
      for (let n = seen.length - 2; undo() !== null; n--) {
        expect(same(contentNow(), seen[n])).toBe(true);
        changedIsTrue();
      }
      expect(same(contentNow(), KEPT)).toBe(true);
      while (redo() !== null) changedIsTrue();
      expect(same(contentNow(), end)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

it("an act that changes nothing leaves no step", () => {
  for (const [, act] of Object.entries(ACTS)) {
    const none = act(OVEN, () => undefined);
    if (same(none, OVEN)) expect(none).toBe(OVEN);
  }
  useProject.getState().edit("nothing", "oven", (doc) => edit.disableNodes(doc, ["range"], false));
  expect(useProject.getState().past).toEqual([]);
});

it("what follows from a step is part of it, however long the page takes for it", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const { edit: change, stayOpen } = useProject.getState();
  change("new connection", "oven", (doc) => ({ ...doc, note: "made" }));
  stayOpen();
  vi.advanceTimersByTime(60_000);
  change("chosen", "oven", (doc) => ({ ...doc, note: "made and chosen" }));
  change("another", "oven", (doc) => ({ ...doc, note: "" }));
  expect(useProject.getState().past.map(({ label }) => label)).toEqual(["new connection", "another"]);
  vi.useRealTimers();
});

it("wires never hang: both ends are nodes of the flow", () => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      useProject.setState({ ...START, deployed: START, past: [], future: [] });
      for (const { act, picks } of steps) perform(act, picks);
      for (const doc of Object.values(useProject.getState().flows))
        for (const wire of doc.wires)
          for (const at of [wire.from, wire.to]) expect(doc.nodes).toHaveProperty([at.split(".")[0] ?? ""]);
    }),
    { numRuns: 100 },
  );
});
