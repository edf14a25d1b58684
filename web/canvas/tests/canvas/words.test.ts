import { beforeAll, expect, it } from "vitest";
import type { NodeLive } from "../../src/api/types";
import { levelOf, nodeWords, rateText, valueText } from "../../src/canvas/words";
import { findTypes, categories } from "../../src/palette/find";
import { typeName } from "../../src/model/typeName";
import { useView } from "../../src/store/view";
import { KNOWN, nodeType } from "../model/sample";
import type { BoxData } from "../../src/canvas/drawing";

beforeAll(() => useView.setState({ language: "en" }));

const LIVE: NodeLive = {
  level: "ok",
  text: "",
  received: 0,
  sent: 5,
  failed: 0,
  dropped: 0,
  waiting: 0,
  rate: 0,
  value: 24.1,
  kind: "number",
  unit: "degC",
  quality: "good",
  time: 1,
};

const DATA = {
  flow: "oven",
  spec: { type: "modbus/read" },
  kind: "source",
  mark: "",
  problem: null,
  followers: "plausible",
  outputs: 1,
  feeders: "",
} as unknown as BoxData;

it("a node's name says type, name, kind, state, value and where it leads", () => {
  expect(nodeWords("temperature", DATA, "ok", LIVE)).toBe("Modbus read temperature, source, running, 24.1 degC, 1 output connected to plausible");
});

it("a bad value, a change and problems are said", () => {
  const data = { ...DATA, mark: "changed" as const, outputs: 0, problem: { severity: "error" as const, count: 2, text: "no address" } };
  expect(nodeWords("temperature", data, "error", { ...LIVE, quality: "bad", text: "silent" })).toBe(
    "Modbus read temperature, source, error, silent, 24.1 degC (bad), changed, 2 problems: no address, not connected",
  );
});

it("the state is not known while values are stale, and what was never deployed is new", () => {
  expect(levelOf(DATA, LIVE, true)).toBe("unknown");
  expect(levelOf(DATA, { ...LIVE, rate: 2 }, false)).toBe("busy");
  expect(levelOf({ ...DATA, mark: "added" }, undefined, false)).toBe("new");
  expect(levelOf({ ...DATA, spec: { type: "x/y", disabled: true } }, LIVE, false)).toBe("disabled");
  expect(levelOf(DATA, { ...LIVE, level: "off" }, false)).toBe("ok"); // it has never said anything of itself
  expect(levelOf(DATA, undefined, false)).toBe("off");
});

it("values are written in few characters", () => {
  expect(valueText({ kind: "number", value: 1234.5678 }, "kW")).toBe("1235 kW");
  expect(valueText({ kind: "boolean", value: true })).toBe("true");
  expect(valueText({ kind: "list", value: [1, 2] })).toBe("2 items");
  expect(valueText({ kind: "object", value: { setpoint: 180, mode: "auto", more: [1] } })).toBe("setpoint 180, mode au…");
  expect(valueText({ kind: "text", value: "<b>x</b>" })).toBe("<b>x</b>");
  expect(rateText(0.52)).toBe("0.5/s");
  expect(rateText(4999.6)).toBe("5000/s");
  expect(rateText(52_000)).toBe("52k/s");
});

it("types are called as people say, found by name before what they do, and put into categories", () => {
  expect(typeName("mqtt/subscribe")).toBe("MQTT subscribe");
  const types = [...Object.values(KNOWN.types), nodeType("flow/zone"), nodeType("timing/delay", { title: "Limit the pace" })];
  expect(findTypes(types, "limit").map(({ type }) => type)).toEqual(["control/limit", "timing/delay"]);
  expect(findTypes(types, "modbus read").map(({ type }) => type)).toEqual(["modbus/read"]);
  expect(findTypes(types, "no such")).toEqual([]);
  expect(categories(types).map(({ key }) => key)).toEqual(["control", "modbus", "timing", "values", "flow"]);
});
