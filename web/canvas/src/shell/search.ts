/** Finds nodes in all flows by what people remember of them. Pure. */
import type { FlowDoc, NodeSpec } from "../model/flow";

export interface Hit {
  flow: string;
  node: string;
  type: string;
  /** Where the words were found, if not in id or type: `setpoint: 180`. */
  place: string;
}

const MOST_HITS = 300;

/** Nodes that have every word in id, type, note or options; those whose id has them come first. */
export function search(flows: Readonly<Record<string, FlowDoc>>, words: string): Hit[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (wanted.length === 0) return [];
  const [first, later]: [Hit[], Hit[]] = [[], []];
  for (const [flow, doc] of Object.entries(flows))
    for (const [node, spec] of Object.entries(doc.nodes)) {
      const lines = [node, spec.type, ...linesOf(spec)];
      if (!wanted.every((word) => lines.some((line) => line.toLowerCase().includes(word)))) continue;
      const named = wanted.every((word) => node.toLowerCase().includes(word));
      const plain = wanted.every((word) => `${node} ${spec.type}`.toLowerCase().includes(word));
      const place = plain ? "" : (lines.slice(2).find((line) => wanted.some((word) => line.toLowerCase().includes(word))) ?? "");
      (named ? first : later).push({ flow, node, type: spec.type, place });
    }
  return [...first, ...later].slice(0, MOST_HITS);
}

function linesOf({ options = {}, note }: NodeSpec): string[] {
  const lines = Object.entries(options).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return note === undefined ? lines : [note, ...lines];
}
