/** Edits of groups and sticky notes: keys of the layout. */
import { type FlowDoc, GROUP, type Group, NOTE, type StickyNote } from "../flow";
import { isGroup, isNote } from "../layout";
import { mapped, mappedList, renamed, without } from "../records";
import { same } from "../same";
import { withLayout } from "./layout";

export const COLOURS = ["grey", "teal", "indigo", "magenta"] as const;

/** Put nodes into a new group; they leave the groups they were in. */
export function makeGroup(doc: FlowDoc, name: string, group: Group): FlowDoc {
  const key = GROUP + name;
  const nodes = group.nodes.filter((id) => Object.hasOwn(doc.nodes, id));
  if (nodes.length === 0 || Object.hasOwn(doc.layout ?? {}, key)) return doc;
  const alone = takenOut(doc, new Set(nodes));
  return { ...alone, layout: { ...alone.layout, [key]: { ...group, nodes } } };
}

/** Put nodes into a group that stands. */
export function joinGroup(doc: FlowDoc, key: string, ids: readonly string[]): FlowDoc {
  const group = doc.layout?.[key];
  if (!isGroup(group)) return doc;
  const fresh = ids.filter((id) => Object.hasOwn(doc.nodes, id) && !group.nodes.includes(id));
  if (fresh.length === 0) return doc;
  const alone = takenOut(doc, new Set(fresh));
  return { ...alone, layout: { ...alone.layout, [key]: { ...group, nodes: [...group.nodes, ...fresh] } } };
}

/** Take nodes out of whatever group they are in. */
export function leaveGroups(doc: FlowDoc, ids: Iterable<string>): FlowDoc {
  return takenOut(doc, new Set(ids));
}

/** Remove groups and notes; the nodes stay. */
export function removeMarks(doc: FlowDoc, keys: Iterable<string>): FlowDoc {
  const gone = [...keys].filter((key) => key.startsWith(GROUP) || key.startsWith(NOTE));
  return doc.layout === undefined ? doc : withLayout(doc, without(doc.layout, gone));
}

export function renameGroup(doc: FlowDoc, key: string, name: string): FlowDoc {
  const next = GROUP + name;
  if (doc.layout === undefined || name === "" || Object.hasOwn(doc.layout, next)) return doc;
  return withLayout(doc, renamed(doc.layout, key, next));
}

export function colourGroup(doc: FlowDoc, key: string, colour: string): FlowDoc {
  const group = doc.layout?.[key];
  if (!isGroup(group) || group.colour === colour) return doc;
  return { ...doc, layout: { ...doc.layout, [key]: { ...group, colour } } };
}

export function addNote(doc: FlowDoc, id: string, note: StickyNote): FlowDoc {
  const key = NOTE + id;
  return Object.hasOwn(doc.layout ?? {}, key) ? doc : { ...doc, layout: { ...doc.layout, [key]: note } };
}

export function setNote(doc: FlowDoc, key: string, change: Partial<StickyNote>): FlowDoc {
  const note = doc.layout?.[key];
  if (!isNote(note)) return doc;
  const next = { ...note, ...change };
  return same(next, note) ? doc : { ...doc, layout: { ...doc.layout, [key]: next } };
}

function takenOut(doc: FlowDoc, ids: ReadonlySet<string>): FlowDoc {
  if (doc.layout === undefined) return doc;
  const layout = mapped(doc.layout, (value) => {
    if (!isGroup(value)) return value;
    const nodes = mappedList(value.nodes, (id) => (ids.has(id) ? null : id));
    return nodes === value.nodes ? value : { ...value, nodes };
  });
  const empty = Object.entries(layout).filter(([key, value]) => key.startsWith(GROUP) && isGroup(value) && value.nodes.length === 0);
  return withLayout(doc, without(layout, empty.map(([key]) => key)));
}
