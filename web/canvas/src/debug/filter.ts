/** Which items the debug pane shows. */
import type { DebugItem } from "../api/types";
import { preview } from "./preview";

export type Scope = "all" | "flow" | "nodes";
export type LevelFilter = "everything" | "values" | "log" | "troubles";

export interface Filter {
  scope: Scope;
  level: LevelFilter;
  text: string;
}

export interface Front {
  flow: string | null;
  nodes: readonly string[];
}

const LEVELS: Record<LevelFilter, readonly DebugItem["level"][]> = {
  everything: ["value", "info", "warning", "error"],
  values: ["value"],
  log: ["info", "warning", "error"],
  troubles: ["warning", "error"],
};

export function passes(item: DebugItem, filter: Filter, front: Front): boolean {
  if (filter.scope !== "all" && item.flow !== front.flow) return false;
  if (filter.scope === "nodes" && !front.nodes.some((node) => item.node === node || item.node.startsWith(`${node}/`))) return false;
  return LEVELS[filter.level].includes(item.level) && (filter.text === "" || wordsOf(item).includes(filter.text.toLowerCase()));
}

/** All that the search looks at, kept with the item: it is asked for each of 500 items, ten times a second. */
const words = new WeakMap<DebugItem, string>();

function wordsOf(item: DebugItem): string {
  let found = words.get(item);
  if (found === undefined) {
    found = `${item.flow} ${item.node} ${item.topic} ${item.text} ${preview(item.value, 2000)}`.toLowerCase();
    words.set(item, found);
  }
  return found;
}
