/** A difference between two contents as a list to be read: one item for each node, wire, connection, property. */
import type { Change, FlowDiff } from "../api/types";

export type ItemKind = "property" | "connection" | "node" | "wire" | "order";

export interface DiffItem {
  key: string;
  kind: ItemKind;
  how: "added" | "removed" | "changed";
  /** The node (or connection, or property) it is about; of a wire the node it comes from. */
  name: string;
  /** Of a wire the node it goes to. */
  to?: string;
  changes: Change[];
}

export function itemsOf(diff: FlowDiff): DiffItem[] {
  const found: DiffItem[] = [];
  const add = (kind: ItemKind, how: DiffItem["how"], name: string, changes: Change[] = [], to?: string): void => {
    found.push({ key: `${kind} ${how} ${name} ${to ?? ""}`, kind, how, name, to, changes });
  };
  for (const change of diff.properties) add("property", "changed", change.path, [change]);
  for (const name of diff.connections_added) add("connection", "added", name);
  for (const name of diff.connections_removed) add("connection", "removed", name);
  for (const [name, changes] of Object.entries(diff.connections_changed)) add("connection", "changed", name, changes);
  for (const name of diff.added) add("node", "added", name);
  for (const name of diff.removed) add("node", "removed", name);
  for (const [name, changes] of Object.entries(diff.changed)) add("node", "changed", name, changes);
  wires(diff, add);
  if (diff.wires_reordered) add("order", "changed", "");
  return found;
}

/** A wire that was taken out and put in with other settings is one that changed. */
function wires(diff: FlowDiff, add: (kind: ItemKind, how: DiffItem["how"], name: string, changes: Change[], to: string) => void): void {
  const removed = new Map(diff.wires_removed.map((wire) => [endsOf(wire), wire]));
  for (const wire of diff.wires_added) {
    const before = removed.get(endsOf(wire));
    removed.delete(endsOf(wire));
    add("wire", before === undefined ? "added" : "changed", String(wire["from"]), before === undefined ? [] : settings(before, wire), String(wire["to"]));
  }
  for (const wire of removed.values()) add("wire", "removed", String(wire["from"]), [], String(wire["to"]));
}

function settings(before: Record<string, unknown>, after: Record<string, unknown>): Change[] {
  return ["feedback", "queue", "disabled"].flatMap((path): Change[] => {
    const [old, fresh] = [before[path], after[path]];
    if (JSON.stringify(old) === JSON.stringify(fresh)) return [];
    return [{ path, old: old ?? null, new: fresh ?? null, was_set: old !== undefined, is_set: fresh !== undefined }];
  });
}

function endsOf(wire: Record<string, unknown>): string {
  return `${String(wire["from"])}>${String(wire["to"])}`;
}

/** How much there is to read, moved boxes aside. */
export function sizeOf(diff: FlowDiff): number {
  return itemsOf(diff).length;
}

/** The node that shows where an item is; empty: it is about the whole flow. */
export function nodeOf({ kind, name }: DiffItem): string {
  if (kind === "node") return name;
  return kind === "wire" ? (name.split(".")[0] ?? "") : "";
}
