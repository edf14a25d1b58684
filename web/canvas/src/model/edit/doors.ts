/** Edits of a subflow's interface: its doors, inputs and outputs that lead to nodes inside. */
import type { FlowDoc, Interface } from "../flow";
import { INPUT, OUTPUT } from "../layout";
import { renamed, without } from "../records";
import { same } from "../same";
import { layoutWithout, withLayout } from "./layout";

export type Side = "inputs" | "outputs";

const KEY = { inputs: INPUT, outputs: OUTPUT } as const;

/** The layout's key of a door. */
export function doorKey(side: Side, name: string): string {
  return KEY[side] + name;
}

/** The door that a key of the layout means; null: it is another key. */
export function doorOf(key: string): { side: Side; name: string } | null {
  if (key.startsWith(INPUT)) return { side: "inputs", name: key.slice(INPUT.length) };
  return key.startsWith(OUTPUT) ? { side: "outputs", name: key.slice(OUTPUT.length) } : null;
}

/** Replace the interface; undefined makes the flow an ordinary one again. */
export function setInterface(doc: FlowDoc, subflow: Interface | undefined): FlowDoc {
  if (same(doc.subflow, subflow)) return doc;
  const { subflow: _, ...rest } = doc;
  return subflow === undefined ? rest : { ...rest, subflow };
}

/** Add a door that leads nowhere yet. */
export function addDoor(doc: FlowDoc, side: Side, name: string): FlowDoc {
  if (Object.hasOwn(doc.subflow?.[side] ?? {}, name)) return doc;
  return { ...doc, subflow: { ...doc.subflow, [side]: { ...doc.subflow?.[side], [name]: [] } } };
}

/** Remove a door, and its place in the layout. */
export function removeDoor(doc: FlowDoc, side: Side, name: string): FlowDoc {
  const all = doc.subflow?.[side];
  if (all === undefined || !Object.hasOwn(all, name)) return doc;
  const next = { ...doc, subflow: { ...doc.subflow, [side]: without(all, [name]) } };
  return layoutWithout(next, new Set([doorKey(side, name)]));
}

/** Give a door another name, unless that is taken. */
export function renameDoor(doc: FlowDoc, side: Side, old: string, name: string): FlowDoc {
  const all = doc.subflow?.[side];
  if (all === undefined || !Object.hasOwn(all, old) || Object.hasOwn(all, name)) return doc;
  const next = { ...doc, subflow: { ...doc.subflow, [side]: renamed(all, old, name) } };
  return doc.layout === undefined ? next : withLayout(next, renamed(doc.layout, doorKey(side, old), doorKey(side, name)));
}

/** Lead a door to one more end inside, or no longer there. */
export function leadDoor(doc: FlowDoc, side: Side, name: string, to: string, lead: boolean): FlowDoc {
  const ends = doc.subflow?.[side]?.[name];
  if (ends === undefined || ends.includes(to) === lead) return doc;
  const next = lead ? [...ends, to] : ends.filter((one) => one !== to);
  return { ...doc, subflow: { ...doc.subflow, [side]: { ...doc.subflow?.[side], [name]: next } } };
}
