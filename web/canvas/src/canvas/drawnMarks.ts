/** What is drawn besides nodes and wires: groups, notes, the doors of a subflow, what was removed. */
import { doorKey, type Side } from "../model/edit/doors";
import { end } from "../model/flow";
import { groupsOf, notesOf, type Spot, spotOf } from "../model/layout";
import { portsOf } from "../model/ports";
import type { Drawn, DrawnWire, Given, Keep, Words } from "./drawing";
import { handleOf, HEIGHT, type Shape, WIDTH } from "./nodes/shape";

/** Room around the nodes of a group. */
export const FRAME = { side: 18, top: 34, bottom: 26 };

export function frames({ flow, doc, selection }: Given, places: Map<string, Spot>, shapes: ReadonlyMap<string, Shape>, keep: Keep<Drawn>, words: Words): void {
  for (const [key, group] of Object.entries(groupsOf(doc))) {
    const inside = group.nodes.map((id) => places.get(id)).filter((spot) => spot !== undefined);
    if (inside.length === 0) continue;
    const left = Math.min(...inside.map(([x]) => x)) - FRAME.side;
    const top = Math.min(...inside.map(([, y]) => y)) - FRAME.top;
    const width = Math.max(...inside.map(([x]) => x)) + WIDTH + FRAME.side - left;
    const height = Math.max(...group.nodes.map((id) => (places.get(id)?.[1] ?? top) + (shapes.get(id)?.height ?? HEIGHT))) + FRAME.bottom - top;
    const selected = selection.marks.includes(key);
    const name = key.slice(key.indexOf(":") + 1);
    keep(key, [left, top, width, height, group, selected, words], () => ({
      id: key,
      type: "frame",
      position: { x: left, y: top },
      width,
      height,
      measured: { width, height },
      handles: [],
      zIndex: -2,
      selected,
      dragHandle: ".frame-title",
      style: { pointerEvents: "none" },
      ariaLabel: name,
      domAttributes: { "aria-roledescription": words.role.group },
      data: { flow, name, group },
    }));
  }
}

export function stickies({ flow, doc, selection }: Given, keep: Keep<Drawn>, words: Words): void {
  for (const [key, note] of Object.entries(notesOf(doc))) {
    const selected = selection.marks.includes(key);
    const [width, height] = note.size;
    keep(key, [note, selected, words], () => ({
      id: key,
      type: "sticky",
      position: { x: note.at[0], y: note.at[1] },
      width,
      height,
      measured: { width, height },
      handles: [],
      zIndex: -1,
      selected,
      ariaLabel: note.text || words.role.note,
      domAttributes: { "aria-roledescription": words.role.note },
      data: { flow, note },
    }));
  }
}

const DOOR = { width: 104, height: 28, gap: 90 };

/** Doors stand at the left and right of what they lead to, until someone moves them. */
export function doors(given: Given, places: Map<string, Spot>, keep: Keep<Drawn>, keepEdge: Keep<DrawnWire>, words: Words): void {
  const { flow, doc, selection } = given;
  const all = [...places.values()];
  const left = Math.min(240, ...all.map(([x]) => x)) - DOOR.width - DOOR.gap;
  const right = Math.max(240, ...all.map(([x]) => x + WIDTH)) + DOOR.gap;
  for (const side of ["inputs", "outputs"] as const) {
    const taken: number[] = [];
    for (const [name, ends] of Object.entries(doc.subflow?.[side] ?? {})) {
      const key = doorKey(side, name);
      const wanted = places.get(end(ends[0] ?? "").node)?.[1] ?? all[0]?.[1] ?? 80;
      let y = wanted + (HEIGHT - DOOR.height) / 2;
      while (taken.some((other) => Math.abs(other - y) < DOOR.height + 8)) y += DOOR.height + 8;
      taken.push(y);
      const at = spotOf(doc, key) ?? ([side === "inputs" ? left : right, y] as Spot);
      const selected = selection.marks.includes(key);
      const port = side === "inputs" ? ("output" as const) : ("input" as const);
      keep(key, [at[0], at[1], selected, words], () => ({
        id: key,
        type: "door",
        position: { x: at[0], y: at[1] },
        width: DOOR.width,
        height: DOOR.height,
        measured: { width: DOOR.width, height: DOOR.height },
        handles: [handleOf({ name, side: port, x: port === "output" ? DOOR.width : 0, y: DOOR.height / 2 })],
        selected,
        ariaLabel: name,
        domAttributes: { "aria-roledescription": words.role.door },
        data: { flow, side, name },
      }));
      for (const inner of ends) leads(given, side, name, inner, keepEdge, words);
    }
  }
}

function leads({ doc, known, selection }: Given, side: Side, name: string, inner: string, keep: Keep<DrawnWire>, words: Words): void {
  const { node, port } = end(inner);
  if (!Object.hasOwn(doc.nodes, node)) return;
  const ports = portsOf(doc, node, known);
  const key = doorKey(side, name);
  const id = side === "inputs" ? `${key}>${inner}` : `${inner}>${key}`;
  const handle = port || ((side === "inputs" ? ports.inputs : ports.outputs)[0]?.name ?? "");
  const selected = selection.wires.includes(id);
  keep(id, [inner, handle, selected, words], () => ({
    id,
    type: "lead",
    source: side === "inputs" ? key : node,
    target: side === "inputs" ? node : key,
    sourceHandle: side === "inputs" ? name : handle,
    targetHandle: side === "inputs" ? handle : name,
    selected,
    ariaLabel: words.lead(name, node),
    domAttributes: { "aria-roledescription": words.role.wire },
    data: { side, name, inner },
  }));
}

/** What the deployed flow has and the draft has not. */
export function ghosts({ doc, flow, marks }: Given, keep: Keep<Drawn>, keepEdge: Keep<DrawnWire>): void {
  for (const [id, { at, type }] of Object.entries(marks.removed))
    keep(`$gone:${id}`, [at[0], at[1], type], () => ({
      id: `$gone:${id}`,
      type: "ghost",
      position: { x: at[0], y: at[1] },
      width: WIDTH,
      height: HEIGHT,
      measured: { width: WIDTH, height: HEIGHT },
      handles: [handleOf({ name: "", side: "input", x: 0, y: HEIGHT / 2 }), handleOf({ name: "", side: "output", x: WIDTH, y: HEIGHT / 2 })],
      selectable: false,
      draggable: false,
      connectable: false,
      focusable: false,
      data: { type, name: id },
    }));
  for (const { from, to } of marks.wiresRemoved) {
    const [start, finish] = [end(from).node, end(to).node];
    const at = (id: string): string => (Object.hasOwn(doc.nodes, id) ? id : `$gone:${id}`);
    const id = `$gone:${from}>${to}`;
    keepEdge(id, [at(start), at(finish)], () => ({
      id,
      type: "wire",
      source: at(start),
      target: at(finish),
      selectable: false,
      focusable: false,
      data: { flow, wire: { from, to }, live: "", off: true, mark: "removed", inner: false },
    }));
  }
}
