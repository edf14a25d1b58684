import { beforeEach, describe, expect, test, vi } from "vitest";
import type { DebugItem } from "../../src/api/types";
import { type Filter, passes } from "../../src/debug/filter";
import { KEPT, useDebug } from "../../src/debug/items";
import { preview, step } from "../../src/debug/preview";
import { readMessage } from "../../src/live/message";

let seq = 0;

function item(change: Partial<DebugItem> = {}): DebugItem {
  seq++;
  return {
    seq,
    at: seq,
    flow: "oven",
    node: "log",
    level: "value",
    text: "",
    id: `m${seq}`,
    topic: "",
    quality: "good",
    kind: "number",
    value: seq,
    cut: false,
    property: "payload",
    ...change,
  };
}

function take(items: DebugItem[], dropped = 0): void {
  useDebug.getState().take({ items, dropped });
  vi.runAllTimers();
}

beforeEach(() => {
  vi.useFakeTimers();
  useDebug.getState().pause(false);
  useDebug.getState().clear();
});

test("the last 500 are kept, however many come, and what was left out is counted", () => {
  for (let frame = 0; frame < 20; frame++) take(Array.from({ length: 250 }, () => item()), 7);
  const { items, dropped } = useDebug.getState();
  expect(items.length).toBe(KEPT);
  expect(items.at(-1)?.seq).toBe(seq);
  expect(dropped).toBe(140);
});

test("what is asked for again is not shown twice", () => {
  const items = [item(), item()];
  take(items);
  take([...items, item()]);
  expect(useDebug.getState().items.length).toBe(3);
});

test("a server that began to count anew is heard", () => {
  take([item(), item()]);
  take([item({ seq: 0, at: seq + 100 })]);
  expect(useDebug.getState().items.length).toBe(3);
});

test("while paused the list stands still, and what comes is counted; then it is there", () => {
  take([item()]);
  useDebug.getState().pause(true);
  take([item(), item()]);
  expect(useDebug.getState().items.length).toBe(1);
  expect(useDebug.getState().waiting).toBe(2);
  useDebug.getState().pause(false);
  expect(useDebug.getState().items.length).toBe(3);
});

test("a flood of frames draws once", () => {
  let drawn = 0;
  const end = useDebug.subscribe(() => drawn++);
  for (let frame = 0; frame < 100; frame++) useDebug.getState().take({ items: [item()], dropped: 0 });
  vi.runAllTimers();
  end();
  expect(drawn).toBe(1);
});

describe("the filter", () => {
  const all: Filter = { scope: "all", level: "everything", text: "" };
  const front = { flow: "oven", nodes: ["zone-1"] };

  test("by flow and by selected nodes, what is inside a subflow included", () => {
    expect(passes(item({ flow: "press" }), { ...all, scope: "flow" }, front)).toBe(false);
    expect(passes(item({ node: "zone-1/scale" }), { ...all, scope: "nodes" }, front)).toBe(true);
    expect(passes(item({ node: "zone-10" }), { ...all, scope: "nodes" }, front)).toBe(false);
  });

  test("by level", () => {
    expect(passes(item({ level: "info" }), { ...all, level: "troubles" }, front)).toBe(false);
    expect(passes(item({ level: "error" }), { ...all, level: "troubles" }, front)).toBe(true);
  });

  test("by text in names, texts and values, whatever the case", () => {
    expect(passes(item({ value: { State: "Open" } }), { ...all, text: "open" }, front)).toBe(true);
    expect(passes(item({ text: "no answer" }), { ...all, text: "ANSWER" }, front)).toBe(true);
    expect(passes(item(), { ...all, text: "door" }, front)).toBe(false);
  });
});

test("a preview is one line, and cut", () => {
  expect(preview("a\nb")).toBe("a b");
  expect(preview({ a: [1] })).toBe('{"a":[1]}');
  expect(preview("x".repeat(300)).length).toBe(201);
});

test("steps are written as property paths", () => {
  expect(`payload${step("temps")}${step(0)}${step("key one")}`).toBe('payload.temps[0]["key one"]');
});

describe("what someone types as a message", () => {
  test("is JSON, or a word", () => {
    expect(readMessage("180", "").message).toEqual({ payload: 180 });
    expect(readMessage(" open ", "door").message).toEqual({ payload: "open", topic: "door" });
  });

  test("that begins like JSON and is none is refused", () => {
    expect(readMessage('{"a": 1', "").message).toBeNull();
  });
});
