import { describe, expect, it } from "vitest";
import { arrange } from "../../src/forms/arrange";
import { reference, referenceText, refers } from "../../src/forms/reference";
import { choices, filled, kind, label, nullable, type Schema } from "../../src/forms/schema";
import { keysOf, toldAt, toldBelow } from "../../src/forms/told";
import { withAt } from "../../src/forms/fields/through";
import { emptied, readNumber } from "../../src/forms/control";
import corpus from "../../../../tests/web/corpus/options.json";

describe("a schema tells its control", () => {
  it.each<[Schema, string]>([
    [{ type: "number" }, "number"],
    [{ anyOf: [{ type: "number" }, { type: "null" }] }, "number"],
    [{ type: ["string", "null"] }, "text"],
    [{ enum: ["a", "b"] }, "choice"],
    [{ anyOf: [{ const: 1 }, { const: 2 }] }, "choice"],
    [{ anyOf: [{ type: "number" }, { type: "string" }] }, "any"],
    [{}, "any"],
    [{ type: "object" }, "any"],
    [{ type: "object", properties: {} }, "object"],
    [{ type: "object", additionalProperties: { type: "string" } }, "map"],
    [{ type: "array", items: { type: "string" } }, "list"],
    [{ type: "array", items: { enum: ["a"] } }, "choices"],
    [{ anyOf: [{ type: "object", properties: {} }, { type: "null" }] }, "maybe"],
    [{ oneOf: [{ type: "object", properties: {} }, { type: "object", properties: {} }] }, "switch"],
  ])("%j", (schema, control) => expect(kind(schema)).toBe(control));

  it("keeps the words when the null is taken out", () => {
    const schema = { description: "d", anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null };
    expect(filled(schema)).toEqual({ description: "d", type: "number", minimum: 0, default: null });
    expect(nullable(schema)).toBe(true);
  });

  it("knows a control for every option of every node", () => {
    for (const { schema } of Object.values(corpus as unknown as Record<string, { schema: Schema }>))
      for (const inner of Object.values(schema.properties ?? {})) expect(kind(inner)).toBeTruthy();
  });

  it("names options as people would", () => {
    expect(label("output_high", {})).toBe("Output high");
    expect(label("sync", { title: "fsync" })).toBe("Fsync");
    expect(choices({ enum: ["gt"], "x-titles": { gt: "> greater" } })[0]?.title).toBe("> greater");
    expect(choices({ enum: ["\n"] })[0]?.title).toBe('"\\n"');
  });
});

describe("which options are shown", () => {
  const many: Schema = { type: "object", properties: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`o${i}`, { default: 0 }])), required: ["o11"] };
  it("few: all", () => expect(arrange({ properties: { a: {}, b: {} } }, {}, []).more).toEqual([]));
  it("many: the first, the required, what is set and what is wrong", () => {
    const { shown } = arrange(many, { o9: 5, o8: 0 }, ["o10"]);
    expect(shown).toEqual(["o0", "o1", "o2", "o3", "o4", "o5", "o9", "o10", "o11"]);
  });
  it("what has been shown stays", () => expect(arrange(many, {}, [], ["o9"]).shown).toContain("o9"));
  it("those that the author calls advanced wait under More", () => {
    expect(arrange({ properties: { a: { "x-advanced": true }, b: {} } }, {}, []).more).toEqual(["a"]);
  });
  describe("an option that matters with another one only", () => {
    const schema: Schema = { properties: { mode: { default: "a" }, b: { "x-when": { mode: ["b"] } } } };
    it("is not there otherwise", () => expect(arrange(schema, {}, []).shown).toEqual(["mode"]));
    it("comes with it", () => expect(arrange(schema, { mode: "b" }, []).shown).toEqual(["mode", "b"]));
    it("is shown when it is set, so that nothing is hidden", () => expect(arrange(schema, { b: 1 }, []).shown).toEqual(["mode", "b"]));
    it("is shown while only the engine knows", () => expect(arrange(schema, { mode: "${MODE}" }, []).shown).toEqual(["mode", "b"]));
  });
});

describe("references", () => {
  it.each(["${A}", "${A:-}", "${A:-x:-y}", "${secret:a/b.c}", "${parameter:x}", "${}", "${secret:}"])("%s is read and written", (text) => {
    const it = reference(text);
    expect(it).not.toBeNull();
    expect(referenceText(it!)).toBe(text);
  });
  it.each(["a${B}", "${A}${B}", "text", 5, null])("%s is none as a whole", (value) => expect(reference(value)).toBeNull());
  it("are found inside of texts, but not where they are escaped", () => {
    expect(refers("plant/${LINE}/x")).toBe(true);
    expect(refers("costs $${5}")).toBe(false);
  });
});

describe("what the server says", () => {
  const problem = { severity: "error" as const, code: "refused-option", message: "high must be more than low", file: "", line: 0, node: "", hint: "", flow: "" };
  it("comes to its field by its JSON path", () => {
    expect(keysOf('$.nodes["odd name"].options.rules[0].value')).toEqual(["nodes", "odd name", "options", "rules", 0, "value"]);
    expect(toldBelow([{ ...problem, path: "$.nodes.a.options.high" }], ["nodes", "a", "options"])).toEqual([
      { path: ["high"], text: "High must be more than low", level: "error", code: "refused-option" },
    ]);
    expect(toldBelow([{ ...problem, path: "$.nodes.ab.options.high" }], ["nodes", "a", "options"])).toEqual([]);
  });
  it("about something missing comes to what is missing", () => {
    const missing = { ...problem, code: "missing-option", message: "option 'file' is missing", path: "$.nodes.a.options" };
    expect(toldBelow([missing], ["nodes", "a", "options"])[0]?.path).toEqual(["file"]);
  });
  it("and fits no field stands on top; what the form says itself is not said twice", () => {
    const schema: Schema = { properties: { high: {} } };
    const told = [
      { path: ["high"], text: "x", level: "error" as const, code: "refused-option" },
      { path: ["high"], text: "y", level: "error" as const, code: "bad-value" },
      { path: [], text: "z", level: "error" as const, code: "refused-option" },
    ];
    const { placed, loose } = toldAt(told, schema, {}, [{ path: ["high"], word: "type", wanted: "number", schema: {} }]);
    expect(placed.map(({ text }) => text)).toEqual(["x"]);
    expect(loose.map(({ text }) => text)).toEqual(["z"]);
  });
});

describe("typed numbers", () => {
  it.each([["5", 5], [" -1.5 ", -1.5], ["1,5", 1.5], ["1e3", 1000], [".5", 0.5]])("%s", (text, value) => expect(readNumber(text)).toBe(value));
  it.each(["abc", "1.2.3", "1e999", "-"])("%s stays the text it is", (text) => expect(readNumber(text)).toBe(text));
  it("emptied fields leave the file, or are null where the default is something", () => {
    const control = { id: "", name: "", label: "", describedBy: undefined, invalid: false, value: 1, required: false, kept: false, readonly: false, set: () => {} };
    expect(emptied({ ...control, schema: { default: null }, nullable: true })).toBeUndefined();
    expect(emptied({ ...control, schema: { default: 5 }, nullable: true })).toBeNull();
    expect(emptied({ ...control, schema: {}, nullable: false, kept: true })).toBe("");
  });
});

it("a change inside of what is not set yet writes the whole default", () => {
  expect(withAt(["out", "more"], [0], "high")).toEqual(["high", "more"]);
  expect(withAt({ a: [1] }, ["a", 1], 2)).toEqual({ a: [1, 2] });
});
