/** Groups, subflows and their doors. */
import { addDoor, colourGroup, COLOURS, doorKey, doorOf, joinGroup, leaveGroups, makeGroup, removeMarks, renameDoor, renameGroup, type Side } from "../../model/edit";
import { GROUP, SUBFLOW } from "../../model/flow";
import { freshName } from "../../model/ids";
import { isGroup } from "../../model/layout";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { t } from "../../text";
import { announce } from "../../ui/notices";
import { open } from "../popups/popups";
import { focusOn, inFront } from "../stage";

/** The group that is selected. */
export function chosenGroup(): string | undefined {
  return inFront()?.selection.marks.find((key) => key.startsWith(GROUP));
}

/** The door that is selected, by its key in the layout. */
export function chosenDoor(): string | undefined {
  return inFront()?.selection.marks.find((key) => doorOf(key) !== null);
}

export function groupSelected(): void {
  const front = inFront();
  if (front === null || front.selection.nodes.length === 0) return;
  const { flow, doc, selection } = front;
  const name = freshName("group", (one) => Object.hasOwn(doc.layout ?? {}, GROUP + one));
  useProject.getState().edit(t("step.group"), flow, (now) => makeGroup(now, name, { nodes: selection.nodes, colour: "grey" }));
  useView.getState().select(flow, { marks: [GROUP + name] });
  open({ kind: "name", flow, of: "group", was: name, key: GROUP + name });
}

export function ungroupSelected(): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc, selection } = front;
  const own = Object.entries(doc.layout ?? {}).filter(([, value]) => isGroup(value) && value.nodes.some((id) => selection.nodes.includes(id)));
  const keys = [...selection.marks.filter((key) => key.startsWith(GROUP)), ...(selection.marks.length > 0 ? [] : own.map(([key]) => key))];
  const nodes = keys.flatMap((key) => (doc.layout?.[key] as { nodes?: string[] } | undefined)?.nodes ?? []);
  useProject.getState().edit(t("step.ungroup"), flow, (now) => removeMarks(now, keys));
  useView.getState().select(flow, { nodes });
}

export function recolourGroup(): void {
  const front = inFront();
  const key = chosenGroup();
  if (front === null || key === undefined) return;
  const group = front.doc.layout?.[key];
  const now = isGroup(group) ? COLOURS.indexOf((group.colour ?? "grey") as (typeof COLOURS)[number]) : 0;
  const colour = COLOURS[(now + 1) % COLOURS.length] ?? "grey";
  useProject.getState().edit(t("step.colour"), front.flow, (doc) => colourGroup(doc, key, colour));
  announce(t("canvas.colour", { colour: t(`canvas.colour.${colour}`) }));
}

export function joinSelected(): void {
  const front = inFront();
  const key = chosenGroup();
  if (front !== null && key !== undefined) useProject.getState().edit(t("step.group"), front.flow, (doc) => joinGroup(doc, key, front.selection.nodes));
}

export function leaveSelected(): void {
  const front = inFront();
  if (front !== null) useProject.getState().edit(t("step.ungroup"), front.flow, (doc) => leaveGroups(doc, front.selection.nodes));
}

export function nameGroup(flow: string, key: string, name: string): void {
  useProject.getState().edit(t("step.rename", { name }), flow, (doc) => renameGroup(doc, key, name));
  useView.getState().select(flow, { marks: [GROUP + name] });
  focusOn(GROUP + name);
}

export function nameDoor(flow: string, key: string, name: string): void {
  const door = doorOf(key);
  if (door === null) return;
  useProject.getState().edit(t("step.door"), flow, (doc) => renameDoor(doc, door.side, door.name, name));
  useView.getState().select(flow, { marks: [doorKey(door.side, name)] });
  focusOn(doorKey(door.side, name));
}

export function addDoorHere(side: Side): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc } = front;
  const name = freshName(side === "inputs" ? "in" : "out", (one) => Object.hasOwn(doc.subflow?.[side] ?? {}, one));
  useProject.getState().edit(t("step.door"), flow, (now) => addDoor(now, side, name));
  useView.getState().select(flow, { marks: [doorKey(side, name)] });
  focusOn(doorKey(side, name));
}

/** The flow that the selected node stands for; undefined if it stands for none. */
export function chosenSubflow(): string | undefined {
  const front = inFront();
  const [node] = front?.selection.nodes ?? [];
  const type = node === undefined ? undefined : front?.doc.nodes[node]?.type;
  return type?.startsWith(SUBFLOW) ? type.slice(SUBFLOW.length) : undefined;
}

export function openSubflow(): void {
  const name = chosenSubflow();
  if (name !== undefined) useProject.getState().show(name);
}
