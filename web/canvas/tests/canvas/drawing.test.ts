import { describe, expect, it } from "vitest";
import { type BoxNode, Draughtsman, type Given, labelId, type WireEdge, type Words } from "../../src/canvas/drawing";
import { HEIGHT, shapeOf, WIDTH } from "../../src/canvas/nodes/shape";
import { NO_MARKS } from "../../src/deploy/marks";
import { addDoor, leadDoor, moveNodes, setOptions } from "../../src/model/edit";
import type { FlowDoc } from "../../src/model/flow";
import { portsOf } from "../../src/model/ports";
import { NOTHING } from "../../src/store/view";
import { KNOWN, OVEN } from "../model/sample";

const WORDS: Words = {
  wire: (from, to) => `${from} to ${to}`,
  lead: (port, node) => `${port} to ${node}`,
  role: { node: "node", wire: "wire", group: "group", note: "note", door: "door" },
};

function given(doc: FlowDoc, rest: Partial<Given> = {}): Given {
  return { flow: "oven", doc, known: KNOWN, selection: NOTHING, marks: NO_MARKS, diff: false, problems: [], ...rest };
}

describe("a drawing", () => {
  it("has size and ports of every node before anything is on the screen", () => {
    const { nodes } = new Draughtsman().draw(given(OVEN), WORDS);
    const limit = nodes.find(({ id }) => id === "limit") as BoxNode;
    expect(limit.width).toBe(WIDTH);
    expect(limit.measured).toEqual({ width: limit.width, height: limit.height });
    expect(limit.handles?.map(({ id, type }) => `${type} ${id}`)).toEqual(["target in", "target reset", "source ok", "source trip", "source alarm", "source error"]);
  });
  it("keeps every object that did not change", () => {
    const hand = new Draughtsman();
    const before = hand.draw(given(OVEN), WORDS);
    const after = hand.draw(given(setOptions(OVEN, "range", { a: 1 })), WORDS);
    const changed = after.nodes.filter((node) => !before.nodes.includes(node)).map(({ id }) => id);
    expect(changed).toEqual(["range"]);
    expect(after.edges).toEqual(before.edges);
    expect(after.edges.every((edge) => before.edges.includes(edge))).toBe(true);
    const moved = hand.draw(given(moveNodes(OVEN, [["heater", [700, 80]]])), WORDS);
    expect(moved.edges.every((edge) => before.edges.includes(edge))).toBe(true);
  });
  it("keeps them when the server's check says the same again", () => {
    const hand = new Draughtsman();
    const before = hand.draw(given(OVEN), WORDS);
    const again = { ...KNOWN, ports: { range: portsOf(OVEN, "range", KNOWN) } };
    expect(hand.draw(given(OVEN, { known: again }), WORDS).nodes.every((node) => before.nodes.includes(node))).toBe(true);
  });
  it("names wires by nodes, and by ports where there are several", () => {
    const { edges } = new Draughtsman().draw(given(OVEN), WORDS);
    expect(edges.map(({ ariaLabel }) => ariaLabel)).toEqual(["temperature to range", "range to limit.in", "limit.ok to heater", "limit.trip to heater"]);
    expect((edges[0] as WireEdge).data?.live).toBe("temperature.out>range.in");
  });
  it("shows the worst problem of a node, those inside a subflow at its instance", () => {
    const problem = { code: "x", file: "", line: 1, path: "", hint: "", flow: "oven" };
    const problems = [
      { ...problem, severity: "warning" as const, message: "odd", node: "range" },
      { ...problem, severity: "error" as const, message: "wrong", node: "range/inner" },
    ];
    const { nodes } = new Draughtsman().draw(given(OVEN, { problems }), WORDS);
    expect((nodes.find(({ id }) => id === "range") as BoxNode).data.problem).toEqual({ severity: "error", count: 2, text: "wrong" });
  });
  it("draws a node of a type that nobody has, with the ports that wires name", () => {
    const doc: FlowDoc = { ...OVEN, nodes: { ...OVEN.nodes, odd: { type: "acme/gone" } }, wires: [{ from: "odd.left", to: "heater" }, { from: "range", to: "odd" }] };
    const { nodes, edges } = new Draughtsman().draw(given(doc), WORDS);
    const odd = nodes.find(({ id }) => id === "odd") as BoxNode;
    expect(odd.data.kind).toBe("unknown");
    expect(odd.data.shape.ports.map(({ name, side, missing }) => [name, side, missing])).toEqual([["", "input", true], ["left", "output", true]]);
    expect(edges).toHaveLength(2);
  });
  it("draws the doors of a subflow where what they lead to stands", () => {
    const doc = leadDoor(addDoor(OVEN, "inputs", "in"), "inputs", "in", "limit.reset", true);
    const { nodes, edges } = new Draughtsman().draw(given(doc), WORDS);
    expect(nodes.find(({ id }) => id === "$input:in")?.position.x).toBeLessThan(60);
    expect(edges.find(({ type }) => type === "lead")).toMatchObject({ source: "$input:in", target: "limit", targetHandle: "reset" });
  });
  it("shows what was removed only while the differences are shown", () => {
    const marks = { ...NO_MARKS, removed: { old: { at: [0, 0] as [number, number], type: "values/range" } }, wiresRemoved: [{ from: "old", to: "heater" }] };
    expect(new Draughtsman().draw(given(OVEN, { marks }), WORDS).nodes.some(({ type }) => type === "ghost")).toBe(false);
    const { nodes, edges } = new Draughtsman().draw(given(OVEN, { marks, diff: true }), WORDS);
    expect(nodes.some(({ type }) => type === "ghost")).toBe(true);
    expect(edges.at(-1)).toMatchObject({ source: "$gone:old", target: "heater" });
  });
});

it("a box grows with its ports, and the error port hangs below", () => {
  const many = { inputs: [], outputs: "abcdefg".split("").map((name) => ({ name, payload: "any" as const, description: "" })), error: true, known: true };
  const shape = shapeOf(many, { inputs: new Set(), outputs: new Set(["b"]) });
  expect(shape.height).toBeGreaterThan(HEIGHT);
  expect(shape.ports.filter(({ wired }) => wired).map(({ name }) => name)).toEqual(["b"]);
  expect(shape.ports.at(-1)).toMatchObject({ name: "error", y: shape.height });
});

it("the id of a node's name has no spaces, whatever the node is called", () => {
  expect(labelId("a b")).not.toContain(" ");
  expect(labelId("a b")).not.toBe(labelId("a.b"));
});
