/** The messages that failed and were kept: fetched page by page, replayed, deleted. */
import { get, post } from "../api/client";
import type { DeadLetters, Replayed } from "../api/types";

export const PAGE = 50;

export interface Wanted {
  flow: string;
  node: string;
  /** The number of the last letter that is shown; null: begin with the newest. */
  before: number | null;
}

export function fetchLetters({ flow, node, before }: Wanted): Promise<DeadLetters> {
  const query = new URLSearchParams({ most: String(PAGE) });
  if (flow !== "") query.set("flow", flow);
  if (node !== "") query.set("node", node);
  if (before !== null) query.set("before", String(before));
  return get<DeadLetters>(`/api/dead-letters?${query}`);
}

export const replay = (ids: number[]): Promise<Replayed> => post<Replayed>("/api/dead-letters/replay", { ids });
export const remove = (ids: number[]): Promise<Replayed> => post<Replayed>("/api/dead-letters/delete", { ids });
