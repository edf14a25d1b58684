/** What differs from the deployed flow, for the canvas to mark: kept up to date for the flow in front. */
import type { FlowDoc, WireSpec } from "../model/flow";
import { spots } from "../model/layout";
import { same } from "../model/same";
import { wireKey } from "../model/wires";

export interface Marks {
  added: ReadonlySet<string>;
  changed: ReadonlySet<string>;
  /** Nodes that are only in the deployed flow, to be drawn as ghosts while the diff is shown. */
  removed: Readonly<Record<string, { at: [number, number]; type: string }>>;
  /** Keys of wires that are new, or that were set otherwise. */
  wiresAdded: ReadonlySet<string>;
  wiresRemoved: readonly { from: string; to: string }[];
}

export const NO_MARKS: Marks = {
  added: new Set(),
  changed: new Set(),
  removed: {},
  wiresAdded: new Set(),
  wiresRemoved: [],
};

/** Compare a draft with what is deployed (null: nothing is). Cheap: called on every edit; what is shared is not looked into. */
export function marksOf(draft: FlowDoc, deployed: FlowDoc | null): Marks {
  if (deployed === null) return { ...NO_MARKS, added: new Set(Object.keys(draft.nodes)), wiresAdded: new Set(draft.wires.map(wireKey)) };
  const { added, changed, gone } = draft.nodes === deployed.nodes ? NO_NODES : nodesOf(draft, deployed);
  const wires = draft.wires === deployed.wires ? NO_WIRES : wiresOf(draft.wires, deployed.wires);
  if (added.size + changed.size + gone.length + wires.wiresAdded.size + wires.wiresRemoved.length === 0) return NO_MARKS;
  return { added, changed, removed: ghosts(gone, deployed), ...wires };
}

/** How many nodes and wires differ. */
export function countOf({ added, changed, removed, wiresAdded, wiresRemoved }: Marks): number {
  return added.size + changed.size + Object.keys(removed).length + wiresAdded.size + wiresRemoved.length;
}

const NO_NODES = { added: new Set<string>(), changed: new Set<string>(), gone: [] as string[] };
const NO_WIRES = { wiresAdded: new Set<string>(), wiresRemoved: [] as WireSpec[] };

function nodesOf(draft: FlowDoc, deployed: FlowDoc): typeof NO_NODES {
  const added = new Set<string>();
  const changed = new Set<string>();
  for (const [id, spec] of Object.entries(draft.nodes)) {
    const before = deployed.nodes[id];
    if (before === undefined) added.add(id);
    else if (!same(spec, before)) changed.add(id);
  }
  return { added, changed, gone: Object.keys(deployed.nodes).filter((id) => !Object.hasOwn(draft.nodes, id)) };
}

function wiresOf(draft: readonly WireSpec[], deployed: readonly WireSpec[]): typeof NO_WIRES {
  const before = new Map(deployed.map((wire) => [wireKey(wire), wire]));
  const now = new Set(draft.map(wireKey));
  return {
    wiresAdded: new Set(draft.filter((wire) => !same(before.get(wireKey(wire)), wire)).map(wireKey)),
    wiresRemoved: deployed.filter((wire) => !now.has(wireKey(wire))),
  };
}

function ghosts(gone: readonly string[], deployed: FlowDoc): Marks["removed"] {
  if (gone.length === 0) return NO_MARKS.removed;
  const places = spots(deployed);
  return Object.fromEntries(gone.map((id) => [id, { at: places.get(id) ?? [0, 0], type: deployed.nodes[id]?.type ?? "" }]));
}
