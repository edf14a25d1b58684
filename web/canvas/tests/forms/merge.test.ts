/** Steps with one mark are one step; undo and redo go over all of them at once. */
import { beforeEach, expect, it } from "vitest";
import { setOptions } from "../../src/model/edit";
import type { FlowDoc } from "../../src/model/flow";
import { useProject } from "../../src/store/project";

const doc: FlowDoc = { flowengine: 1, nodes: { a: { type: "x" } }, wires: [] };
const type = (gain: number, mark: string): void =>
  useProject.getState().edit("gain", "f", (now) => setOptions(now, "a", { gain }), mark);
const gain = (): unknown => useProject.getState().flows["f"]?.nodes["a"]?.options?.["gain"];

beforeEach(() => useProject.setState({ flows: { f: doc }, past: [], future: [] }));

it("keys of one edit are one step", () => {
  type(1, "edit 1");
  type(12, "edit 1");
  type(5, "edit 2");
  expect(useProject.getState().past).toHaveLength(2);
  useProject.getState().undo();
  expect(gain()).toBe(12);
  useProject.getState().undo();
  expect(useProject.getState().flows["f"]).toBe(doc);
  useProject.getState().redo();
  expect(gain()).toBe(12);
});

it("what is typed and taken back leaves no step", () => {
  useProject.setState({ flows: { f: setOptions(doc, "a", { gain: 3 }) } });
  type(35, "edit 1");
  type(3, "edit 1");
  expect(useProject.getState().past).toEqual([]);
});

it("after an undo a new step begins", () => {
  type(1, "edit 1");
  type(2, "edit 2");
  useProject.getState().undo();
  type(7, "edit 1");
  expect(useProject.getState().past).toHaveLength(2);
  expect(useProject.getState().future).toEqual([]);
});
