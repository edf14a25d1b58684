/** Edits of where things stand. An empty layout is left out of the file. */
import { type FlowDoc, GROUP } from "../flow";
import { isGroup, isNote, type Spot } from "../layout";
import { mapped, mappedList, renamed, without } from "../records";
import { same } from "../same";

/** Put one node, or the note or door of that key, at a place. */
export function withSpot(doc: FlowDoc, key: string, at: Spot): FlowDoc {
  const old = doc.layout?.[key];
  const value = isNote(old) ? { ...old, at } : at;
  return same(old, value) ? doc : { ...doc, layout: { ...doc.layout, [key]: value } };
}

/** Move nodes, notes and doors. */
export function moveNodes(doc: FlowDoc, places: Iterable<readonly [string, Spot]>): FlowDoc {
  const layout: Record<string, unknown> = { ...doc.layout };
  let changed = false;
  for (const [key, at] of places) {
    const old = layout[key];
    const value = isNote(old) ? { ...old, at } : at;
    if (same(old, value)) continue;
    layout[key] = value;
    changed = true;
  }
  return changed ? { ...doc, layout } : doc;
}

/** Without the places of some nodes; they leave their groups, and a group without nodes goes. */
export function layoutWithout(doc: FlowDoc, gone: ReadonlySet<string>): FlowDoc {
  if (doc.layout === undefined) return doc;
  const left = mapped(without(doc.layout, gone), (value) => {
    if (!isGroup(value)) return value;
    const nodes = mappedList(value.nodes, (id) => (gone.has(id) ? null : id));
    return nodes === value.nodes ? value : { ...value, nodes };
  });
  return withLayout(doc, without(left, emptyGroups(left)));
}

export function layoutRenamed(doc: FlowDoc, old: string, name: string): FlowDoc {
  if (doc.layout === undefined) return doc;
  const layout = mapped(renamed(doc.layout, old, name), (value) => {
    if (!isGroup(value)) return value;
    const nodes = mappedList(value.nodes, (id) => (id === old ? name : id));
    return nodes === value.nodes ? value : { ...value, nodes };
  });
  return withLayout(doc, layout);
}

export function withLayout(doc: FlowDoc, layout: Record<string, unknown>): FlowDoc {
  if (layout === doc.layout) return doc;
  const { layout: _, ...rest } = doc;
  return Object.keys(layout).length === 0 ? (doc.layout === undefined ? doc : rest) : { ...rest, layout };
}

function emptyGroups(layout: Record<string, unknown>): string[] {
  return Object.entries(layout)
    .filter(([key, value]) => key.startsWith(GROUP) && isGroup(value) && value.nodes.length === 0)
    .map(([key]) => key);
}
