import { beforeEach, describe, expect, it } from "vitest";
import { faults } from "../../src/forms/judge";
import type { Schema } from "../../src/forms/schema";
import { faultText } from "../../src/forms/words";
import { useView } from "../../src/store/view";
import { loadLanguage } from "../../src/text";

const schema: Schema = {
  type: "object",
  properties: {
    host: { type: "string", minLength: 1 },
    port: { type: "integer", minimum: 1, maximum: 65535 },
    delay: { type: "number", exclusiveMinimum: 0, maximum: 60, "x-unit": "s" },
    gain: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }] },
    mode: { enum: ["fast", "slow"] },
    password: { type: "string", writeOnly: true, format: "password" },
    tls: {
      anyOf: [
        { type: "object", properties: { verify: { type: "boolean" }, key: { type: "string", writeOnly: true } }, additionalProperties: false },
        { type: "null" },
      ],
    },
    rules: { type: "array", items: { type: "object", properties: { value: {} }, required: ["operator"], additionalProperties: false } },
  },
  required: ["host"],
  additionalProperties: false,
};

const told = (value: unknown): string[] => faults(schema, value).map((fault) => `${fault.path.join(".")}: ${faultText(fault)}`);

beforeEach(() => useView.setState({ language: "en" }));

describe("faults are put in words at their place", () => {
  it.each([
    [{}, "host: Required"],
    [{ host: "" }, "host: Required"],
    [{ host: "a", port: 70000 }, "port: Must be between 1 and 65535"],
    [{ host: "a", port: 1.5 }, "port: Must be a whole number"],
    [{ host: "a", delay: 0 }, "delay: Must be more than 0 s and at most 60 s"],
    [{ host: "a", gain: -1 }, "gain: Must be more than 0"],
    [{ host: "a", gain: "x" }, "gain: Must be a number or empty"],
    [{ host: "a", mode: "warp" }, "mode: Must be one of: fast, slow"],
    [{ host: "a", hots: 1 }, "hots: There is no such option; remove it."],
    [{ host: "a", tls: { verify: 1 } }, "tls.verify: Must be yes or no"],
    [{ host: "a", tls: { odd: 1 } }, "tls.odd: There is no such option; remove it."],
    [{ host: "a", rules: [{ operator: 1 }, {}] }, "rules.1.operator: Required"],
  ])("%j", (value, text) => expect(told(value)).toContain(text));

  it("says the same in German", async () => {
    await loadLanguage("de");
    useView.setState({ language: "de" });
    expect(told({ host: "a", port: 70000, mode: "warp" })).toEqual(["port: Muss zwischen 1 und 65535 liegen", "mode: Muss eines davon sein: fast, slow"]);
  });

  it("says one thing about one fault", () => expect(told({ host: "a", gain: -1 })).toHaveLength(1));
});

describe("what a reference stands for is for the engine to say", () => {
  it.each([
    { host: "${HOST}", port: "${PORT:-502}" },
    { host: "a", gain: "${parameter:gain}" },
    { host: "a", tls: { verify: "${VERIFY:-true}" } },
    { host: "a", mode: "${MODE:-fast}" },
  ])("%j", (value) => expect(told(value)).toEqual([]));

  it("but a name that none can have is a fault", () => expect(told({ host: "${9 lives}" })).toEqual(["host: A name has letters, digits and _ only"]));
  it("and $${ is a text", () => expect(told({ host: "a", port: "$${x}" })).toEqual(["port: Must be a whole number"]));
});

describe("a secret stands in no flow", () => {
  const clear = "A secret may not stand in a flow: give the name of one.";
  it("in clear", () => expect(told({ host: "a", password: "hunter2" })).toEqual([`password: ${clear}`]));
  it("also inside of something", () => expect(told({ host: "a", tls: { key: "x" } })).toEqual([`tls.key: ${clear}`]));
  it("as a variable, which everyone could read", () => expect(told({ host: "a", password: "${PASSWORD}" })).toEqual([`password: ${clear}`]));
  it.each(["${secret:oven}", "${parameter:password}", ""])("%s may stand there", (password) => expect(told({ host: "a", password })).toEqual([]));
});

it("a schema that cannot be read is left to the server", () => {
  expect(faults({ type: "object", properties: { a: { pattern: "(?P<python>x)" } } }, { a: "y" })).toEqual([]);
});
