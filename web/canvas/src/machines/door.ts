/** The way to the guard beside the web server: the emergency stop is pressed there, too, and works while the server hangs. */
import { get } from "../api/client";
import type { StopTicket } from "../api/types";

/** Milliseconds: a ticket is good for a day, and ends with the engine that gave it. */
const RENEW = 10 * 60 * 1000;
const PATIENCE = 3000;

let known: StopTicket | null = null;

/** Learn the way, and again from time to time; what is known stays while the server does not answer. Returns what ends it. */
export function learnTheWay(): () => void {
  const learn = (): void => {
    get<StopTicket>("/api/machines/stop-ticket").then((found) => (known = found), () => {});
  };
  learn();
  const timer = setInterval(learn, RENEW);
  return () => clearInterval(timer);
}

/** Press there. Returns whether the guard has said that it stops everything. */
export async function pressAtTheGuard(): Promise<boolean> {
  if (known === null || known.port === 0) return false;
  try {
    const there = `${location.protocol}//${location.hostname}:${known.port}/stop`;
    const body = JSON.stringify({ ticket: known.ticket });
    const answer = await fetch(there, { method: "POST", body, credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok;
  } catch {
    return false;
  }
}
