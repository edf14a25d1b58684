import { describe, expect, it } from "vitest";
import { addNode, disableNodes } from "../../src/model/edit";
import { type PortEnd, whyNot } from "../../src/model/judge";
import { portsOf } from "../../src/model/ports";
import { KNOWN, OVEN, port } from "./sample";

const out = (node: string, name = "out"): PortEnd => ({ node, port: name, side: "output" });
const into = (node: string, name = "in"): PortEnd => ({ node, port: name, side: "input" });
const why = (from: PortEnd, to: PortEnd, doc = OVEN): string | undefined => whyNot(doc, from, to, KNOWN)?.why;

describe("a wire may not go", () => {
  it("to its own node, or from output to output", () => {
    expect(why(out("range"), into("range"))).toBe("self");
    expect(why(out("range"), out("temperature"))).toBe("same-side");
  });
  it("where one is already, however its ends are written", () => {
    expect(why(out("temperature"), into("range"))).toBe("duplicate");
    expect(why(into("range"), out("temperature"))).toBe("duplicate");
  });
  it("where its payload does not fit", () => {
    const doc = addNode(OVEN, "text", { type: "values/template" }, [0, 0]);
    expect(whyNot(doc, out("text"), into("limit"), KNOWN)).toMatchObject({ why: "type", out: port("out", "text"), port: port("in", "number") });
    expect(why(out("text"), into("limit", "reset"), doc)).toBeUndefined();
  });
  it("back, unless it is a feedback wire or something on the loop is disabled", () => {
    expect(why(out("limit", "alarm"), into("range"))).toBe("loop");
    expect(why(into("range"), out("limit", "alarm"))).toBe("loop");
    expect(why(out("limit", "alarm"), into("range"), disableNodes(OVEN, ["range"], true))).toBeUndefined();
    const fed = { ...OVEN, wires: OVEN.wires.map((wire) => (wire.to === "limit.in" ? { ...wire, feedback: { initial: 0 } } : wire)) };
    expect(why(out("limit", "alarm"), into("range"), fed)).toBeUndefined();
  });
  it("to a port that is not there", () => {
    expect(why(out("range"), into("limit", "gone"))).toBe("unknown-port");
    expect(why(out("range", "error"), into("heater"))).toBeUndefined();
  });
});

it("ports come from the server's check where it has spoken, else from the palette", () => {
  const known = { ...KNOWN, ports: { range: { inputs: [port("in")], outputs: [port("a"), port("b")] } } };
  expect(portsOf(OVEN, "range", known).outputs.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(portsOf(OVEN, "limit", known).outputs.map(({ name }) => name)).toEqual(["ok", "trip", "alarm"]);
  expect(portsOf(addNode(OVEN, "odd", { type: "no/such" }, [0, 0]), "odd", known)).toMatchObject({ known: false });
});
