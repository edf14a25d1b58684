import type { Part } from "../api/types";

const PLACES = new Set(["site", "area", "line", "machine"]);
/** Ends that a part can come to; a warranty is none. */
const NO_END = new Set(["warranty"]);

export type Chosen = "all" | Part["state"];

/** Parts that can end, in the server's order: those whose words have every word that was typed. */
export function filtered(parts: readonly Part[], words: string, state: Chosen): Part[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return parts.filter((part) => {
    if (PLACES.has(part.kind) || (state !== "all" && part.state !== state)) return false;
    const text = [part.id, part.name, part.vendor, part.model, part.version, part.serial, ...part.place, ...part.flows, ...part.tags].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** The date to look at: the one that has passed last, else the next. */
export function nextDate(part: Part): Part["dates"][number] | undefined {
  const ends = part.dates.filter(({ what }) => !NO_END.has(what));
  return ends.findLast(({ state }) => state === "past") ?? ends[0];
}
