import { beforeEach, expect, test } from "vitest";
import type { Watching } from "../../src/api/types";
import { Hub, type ToTab } from "../../src/live/hub";

let asked: Watching[];
let open: number;
let hub: Hub;

beforeEach(() => {
  asked = [];
  open = 0;
  hub = new Hub({
    open: () => open++,
    close: () => (open = 0),
    watch: (watching) => asked.push(watching),
    hurry: () => {},
  });
});

function tab(): { heard: ToTab[]; watch(watching: Watching): void; say: ReturnType<Hub["join"]> } {
  const heard: ToTab[] = [];
  const say = hub.join((message) => heard.push(message));
  return { heard, say, watch: (watching) => say({ kind: "watch", watching, csrf: "c" }) };
}

const names = (heard: ToTab[]): string[] => heard.flatMap((message) => (message.kind === "event" ? [message.name] : []));
const live = (flow: string, nodes: object, full = false): object => ({ flow, at: 1, nodes, wires: {}, full });

test("the server is asked for everything that any tab watches", () => {
  tab().watch({ flows: ["oven"] });
  tab().watch({ flows: ["press", "oven"], debug: true });
  expect(asked.at(-1)).toEqual({ flows: ["oven", "press"], debug: true, dashboard: false, editing: [] });
});

test("a tab hears only of what it watches", () => {
  const one = tab();
  const two = tab();
  one.watch({ flows: ["oven"] });
  two.watch({ flows: ["press"], debug: true });
  hub.event("live", live("oven", {}, true));
  hub.event("debug", { items: [], dropped: 0 });
  hub.event("project", {});
  expect(names(one.heard)).toEqual(["live", "project"]);
  expect(names(two.heard)).toEqual(["debug", "project"]);
});

test("a tab that comes later gets everything at once, in one full frame", () => {
  tab().watch({ flows: ["oven"] });
  hub.event("live", live("oven", { heater: { value: 1 } }, true));
  hub.event("live", live("oven", { heater: { sent: 4 } }));
  hub.event("faults", { faults: [] });
  const late = tab();
  late.watch({ flows: ["oven"] });
  expect(names(late.heard)).toEqual(["faults", "live"]);
  const frame = late.heard.at(-1) as { data: { full: boolean; nodes: Record<string, object> } };
  expect(frame.data.full).toBe(true);
  expect(frame.data.nodes["heater"]).toMatchObject({ value: 1, sent: 4 });
});

test("a tab that says goodbye, or no longer answers, is forgotten; the last one closes the stream", () => {
  const one = tab();
  const two = tab();
  one.watch({ flows: ["oven"] });
  two.watch({ flows: ["press"] });
  one.say({ kind: "leave" });
  expect(asked.at(-1)?.flows).toEqual(["press"]);
  for (let i = 0; i < 10; i++) hub.ask();
  expect(hub.tabs).toBe(0);
  expect(open).toBe(0);
});

test("a tab that answers stays, and one that was frozen comes back", () => {
  const one = tab();
  one.watch({ flows: ["oven"] });
  for (let i = 0; i < 10; i++) {
    hub.ask();
    one.say({ kind: "here" });
  }
  expect(hub.tabs).toBe(1);
  for (let i = 0; i < 10; i++) hub.ask();
  one.watch({ flows: ["oven"] });
  expect(hub.tabs).toBe(1);
  expect(asked.at(-1)?.flows).toEqual(["oven"]);
});

test("after a new connection nothing old is told", () => {
  tab().watch({ flows: ["oven"] });
  hub.event("live", live("oven", { heater: { value: 1 } }, true));
  hub.event("hello", { stream: "2" });
  const late = tab();
  late.watch({ flows: ["oven"] });
  expect(names(late.heard)).toEqual([]);
});
