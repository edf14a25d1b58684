/** Live frames: what the server sends of a flow, first everything, then what changed. */
import type { Live, NodeLive, WireLive } from "../api/types";

/** A frame as it comes: with `full` false, nodes and wires hold only the fields that changed. */
export interface Frame extends Omit<Live, "nodes" | "wires" | "full"> {
  nodes: Record<string, Partial<NodeLive>>;
  wires: Record<string, Partial<WireLive>>;
  full?: boolean;
}

/** What is known of one flow. */
export interface Known {
  at: number;
  nodes: Map<string, NodeLive>;
  wires: Map<string, WireLive>;
}

/** What a frame did, for whoever has to draw it. */
export interface Changes {
  nodes: string[];
  wires: string[];
}

/** Nothing is known of a flow yet. */
export const unknown = (): Known => ({ at: 0, nodes: new Map(), wires: new Map() });

const NODE: NodeLive = {
  level: "off",
  text: "",
  received: 0,
  sent: 0,
  failed: 0,
  dropped: 0,
  waiting: 0,
  rate: 0,
  value: null,
  kind: "null",
  unit: "",
  quality: "good",
  time: 0,
};
const WIRE: WireLive = { passed: 0, rate: 0, value: null, kind: "null", failed: false };

/** Bring what is known up to date; values are replaced, never changed in place. */
export function apply(known: Known, frame: Frame): Changes {
  known.at = frame.at;
  return {
    nodes: applyTo(known.nodes, frame.nodes, frame.full === true, NODE),
    wires: applyTo(known.wires, frame.wires, frame.full === true, WIRE),
  };
}

function applyTo<T extends object>(all: Map<string, T>, came: Record<string, Partial<T>>, full: boolean, usual: T): string[] {
  const changed = Object.keys(came);
  if (full) {
    for (const id of all.keys()) {
      if (Object.hasOwn(came, id)) continue;
      all.delete(id);
      changed.push(id);
    }
  }
  for (const id in came) {
    if (!Object.hasOwn(came, id)) continue;
    all.set(id, { ...(full ? usual : (all.get(id) ?? usual)), ...came[id] });
  }
  return changed;
}

/** Everything known, as one full frame. */
export function wholeFrame(flow: string, known: Known): Frame {
  return { flow, at: known.at, full: true, nodes: Object.fromEntries(known.nodes), wires: Object.fromEntries(known.wires) };
}
