import { describe, expect, test } from "vitest";
import type { Hop } from "../../src/api/types";
import { isKnown } from "../../src/debug/trace";

const hop: Hop = { at: 1, flow: "line", node: "tick", port: "out", what: "out", kind: "number", value: 1, quality: "good", text: "" };

describe("the way of a message", () => {
  test("is shown on the canvas only if the engine has followed the message", () => {
    expect(isKnown(null)).toBe(false);
    expect(isKnown({ id: "a", hops: [] })).toBe(false);
    expect(isKnown({ id: "a", hops: [hop] })).toBe(true);
  });
});
