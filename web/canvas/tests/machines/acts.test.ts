import { afterEach, expect, test, vi } from "vitest";
import { act, stopAll } from "../../src/machines/acts";
import { useMachines } from "../../src/machines/store";

const PATIENCE = 30_000;

afterEach(() => vi.unstubAllGlobals());

/** A server that has heard what is asked, and answers when it is let go. */
function server(): { heard: string[]; answer(): void } {
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  vi.stubGlobal("fetch", (_: string, { body }: RequestInit = {}) => {
    if (typeof body === "string") heard.push((JSON.parse(body) as { what: string }).what);
    return new Promise<Response>((done) => waiting.push(() => done(Response.json({ said: "" }))));
  });
  return { heard, answer: () => waiting.splice(0).forEach((letGo) => letGo()) };
}

test("what is pressed first reaches the guard first, and the stop waits for nothing", async () => {
  const { heard, answer } = server();
  const heardNow = (acts: string[]): Promise<void> => vi.waitFor(() => expect(heard).toEqual(acts), { timeout: PATIENCE });
  useMachines.setState({ machines: null });
  const acts = [act({ what: "arm", target: "heater" }), act({ what: "disarm", target: "heater" })];
  await heardNow(["arm"]);
  const stopped = stopAll();
  expect(heard).toEqual(["arm", "stop"]);
  answer();
  await acts[0];
  await heardNow(["arm", "stop", "disarm"]);
  answer();
  expect(await acts[1]).toBe(true);
  await stopped;
}, 2 * PATIENCE);
