import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../src/deploy/lines";

describe("lines", () => {
  it("keeps what stayed and names what went and came", () => {
    expect(diffLines("a\nb\nc", "a\nx\nc")).toEqual([
      { kind: "same", text: "a" },
      { kind: "old", text: "b" },
      { kind: "new", text: "x" },
      { kind: "same", text: "c" },
    ]);
  });

  it("leaves out long runs that stayed", () => {
    const long = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    const found = diffLines(long.join("\n"), [...long, "more"].join("\n"));
    expect(found.map(({ kind }) => kind)).toEqual(["gap", "same", "same", "same", "new"]);
  });

  it("holds both texts whole, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 7 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (old, fresh) => {
        const found = diffLines(old, fresh);
        if (found.some(({ kind }) => kind === "gap")) return;
        const side = (kind: string): string => found.filter((line) => line.kind === "same" || line.kind === kind).map((line) => line.text).join("\n");
        expect(side("old")).toBe(old);
        expect(side("new")).toBe(fresh);
      }),
    );
  });
});
