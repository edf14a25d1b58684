/** Every request to the server: JSON in and out, the CSRF token, and failures as one kind of error. */
import { loadSpoken, spoken } from "../text/spoken";
import type { ApiProblem, Conflict, Problem } from "./types";

/** What the server refused, in its own words, in the language chosen; status 0: it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly path: string;
  readonly problems: Problem[];
  readonly conflicts: Conflict[];

  constructor(status: number, body: Partial<ApiProblem>) {
    super(spoken(body.message ?? `The server answered ${status}.`));
    this.status = status;
    this.code = body.error ?? "unknown";
    this.hint = spoken(body.hint ?? "");
    this.path = body.path ?? "";
    this.problems = body.problems ?? [];
    this.conflicts = body.conflicts ?? [];
  }
}

let csrf = "";
let onSignedOut: () => void = () => {};

/** Set the token that every change carries; it comes with the session. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Set what happens when the server no longer knows the session. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

export interface Answer<T> {
  body: T;
  etag: string;
}

/** One request. Raises ApiError, also where the server cannot be reached (status 0). */
export async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "GET" ? {} : { "X-CSRF-Token": csrf }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, { error: "unreachable", message: "The server cannot be reached." });
  }
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    await loadSpoken();
    const error = new ApiError(response.status, answer as Partial<ApiProblem>);
    if (response.status === 401 && error.code === "not-signed-in") onSignedOut();
    throw error;
  }
  return { body: answer as T, etag: (response.headers.get("ETag") ?? "").replaceAll('"', "") };
}

/** Read; raises ApiError. */
export const get = async <T>(path: string): Promise<T> => (await request<T>("GET", path)).body;
/** Act; raises ApiError. */
export const post = async <T>(path: string, body: unknown = {}): Promise<T> =>
  (await request<T>("POST", path, body)).body;

/** Write a name into a path. */
export const part = encodeURIComponent;
