import { expect, test } from "vitest";
import type { MachineOutput, Machines } from "../../src/api/types";
import { stateOf, whyOf } from "../../src/machines/state";

const OUTPUT: MachineOutput = {
  address: "", mode: "automatic", modes: ["automatic"], armed: false, trips: [], safe: "", follows: true, group: "", owner: "",
  unit: "%", low: 0, high: 100, values: [], told: null, writer: "", said: "", refused: "", refusal: "",
  no_reset: "",
};
const MACHINES: Machines = {
  guarded: true, refused: "", rejected: "", unlisted: {}, signed_by: "anna", version: 1, stops: [], no_reset: "", unknown: "", inputs: {},
  outputs: { heater: OUTPUT, fan: OUTPUT },
};

test("the state of all is that of the worst, and its first cause", () => {
  const armed = { ...MACHINES, outputs: { heater: { ...OUTPUT, armed: true }, fan: OUTPUT } };
  const tripped = { ...armed, outputs: { ...armed.outputs, fan: { ...OUTPUT, trips: ["hot", "hotter"] } } };
  expect(stateOf(MACHINES, false)).toEqual({ word: "disarmed", reason: "" });
  expect(stateOf(armed, false)).toEqual({ word: "armed", reason: "" });
  expect(stateOf(tripped, false)).toEqual({ word: "tripped", reason: "fan: hot" });
  expect(stateOf({ ...tripped, stops: ["smoke", "fire"] }, false)).toEqual({ word: "stopped", reason: "smoke" });
});

test("what is not known is not called safe", () => {
  expect(stateOf({ ...MACHINES, outputs: {}, unknown: "no answer" }, false)).toEqual({ word: "unknown", reason: "no answer" });
  expect(stateOf({ ...MACHINES, outputs: {}, refused: "unsigned" }, false)).toEqual({ word: "refused", reason: "unsigned" });
  expect(stateOf({ ...MACHINES, stops: ["smoke"] }, true).word).toBe("unknown");
});

test("why an output does not do as it was told: a trip before what holds it safe, before what was said of the last command", () => {
  expect(whyOf(OUTPUT)).toBe("");
  expect(whyOf({ ...OUTPUT, said: "too far" })).toBe("too far");
  expect(whyOf({ ...OUTPUT, said: "too far", safe: "watchdog" })).toBe("watchdog");
  expect(whyOf({ ...OUTPUT, said: "too far", safe: "watchdog", trips: ["hot"] })).toBe("hot");
});
