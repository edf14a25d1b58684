/** The browser's validator judges the corpus as the server's does (tests/web/corpus/test_corpus.py). */
import { describe, expect, it } from "vitest";
import { faults } from "../../src/forms/judge";
import type { Schema } from "../../src/forms/schema";
import corpus from "../../../../tests/web/corpus/options.json";

/** What the form says beyond the schema. */
const OWN = new Set(["secret", "reference"]);

interface Entry {
  schema: Schema;
  cases: [unknown, boolean][];
}

describe.each(Object.entries(corpus as unknown as Record<string, Entry>))("%s", (_, { schema, cases }) => {
  it("is judged as by the server", () => {
    const verdicts = cases.map(([options]) => faults(schema, options).every(({ word }) => OWN.has(word)));
    const other = cases.filter(([, valid], i) => verdicts[i] !== valid);
    expect(other).toEqual([]);
  });

  it("has every fault at a place and with a word of the schema", () => {
    for (const [options, valid] of cases) {
      if (valid) continue;
      const found = faults(schema, options);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every(({ word }) => word !== "" && word !== "undefined")).toBe(true);
    }
  });
});
