/** Every action of the canvas. Keys are those of Node-RED where it has them. */
import type { Action } from "../actions/registry";
import { pressButton } from "../live/inject";
import { openSettings as openForm } from "../settings/focus";
import { freeNameOfMine } from "../shell/flows/flowName";
import { useProject } from "../store/project";
import { may } from "../store/session";
import type { Key } from "../text";
import { doorOf } from "../model/edit";
import { GROUP } from "../model/flow";
import { groupsOf } from "../model/layout";
import { wireKey } from "../model/wires";
import { addNoteHere } from "./deeds/add";
import { align, arrangeFlow, distribute, nudge } from "./deeds/arrange";
import { copyNow, cutNow, duplicate, pasteNow } from "./deeds/clipboard";
import { addDoorHere, chosenDoor, chosenGroup, chosenSubflow, groupSelected, joinSelected, leaveSelected, openSubflow, recolourGroup, ungroupSelected } from "./deeds/group";
import { removeAndBridge, removeSelected, switchSelected } from "./deeds/remove";
import { selectAll, selectAlong, selectNone, walk, type Way } from "./deeds/select";
import { knowledgeOf } from "./knowledge";
import { open, usePopups } from "./popups/popups";
import { inFlow, inFront, middleOfView, onScreen, placeAt, theStage, thePointer, WHOLE } from "./stage";
import { useWriting } from "./writing";

const nodes = (): string[] => inFront()?.selection.nodes ?? [];
const anything = (): boolean => {
  const selection = inFront()?.selection;
  return selection !== undefined && selection.nodes.length + selection.wires.length + selection.marks.length > 0;
};
const oneNode = (): boolean => nodes().length === 1;
const someNodes = (least: number) => (): boolean => nodes().length >= least;
const oneWire = (): boolean => chosenWire() !== undefined;
const drawn = (): boolean => inFront() !== null && theStage() !== null;

/** The one wire that is selected; wires to doors are no wires of the flow. */
function chosenWire() {
  const front = inFront();
  const [key, ...more] = front?.selection.wires ?? [];
  return more.length > 0 ? undefined : front?.doc.wires.find((wire) => wireKey(wire) === key);
}

/** Where a list for a node opens: below it. */
function below(node: string): { x: number; y: number } {
  const box = theStage()?.element.querySelector(`[data-id="${CSS.escape(node)}"]`)?.getBoundingClientRect();
  return box ? { x: box.left, y: box.bottom + 6 } : onScreen(middleOfView());
}

/** Choose a node to add: at the pointer if it is over the canvas, else behind the selected node, else in the middle. */
export function quickAdd(at = thePointer()): void {
  const front = inFront();
  if (front === null) return;
  const [node] = nodes();
  if (at !== null) open({ kind: "add", flow: front.flow, screen: at, at: placeAt(at) });
  else if (node !== undefined && oneNode()) open({ kind: "add", flow: front.flow, screen: below(node) });
  else open({ kind: "add", flow: front.flow, screen: onScreen(middleOfView()), at: middleOfView() });
}

function pickFor(kind: "connect" | "disconnect"): void {
  const front = inFront();
  const [node] = nodes();
  if (front !== null && node !== undefined) open({ kind, flow: front.flow, node, screen: below(node) });
}

function insertInWire(): void {
  const front = inFront();
  const wire = chosenWire();
  if (front === null || wire === undefined) return;
  const path = theStage()?.element.querySelector(`[data-id="${CSS.escape(wireKey(wire))}"]`)?.getBoundingClientRect();
  const screen = path ? { x: path.left + path.width / 2, y: path.top + path.height / 2 } : onScreen(middleOfView());
  const [x, y] = inFlow(screen);
  open({ kind: "add", flow: front.flow, screen, at: [Math.round((x - 80) / 20) * 20, Math.round((y - 23) / 20) * 20], wire: wireKey(wire) });
}

function openChosen(): void {
  const front = inFront();
  if (front === null) return;
  const [mark] = front.selection.marks;
  if (mark?.startsWith("$note:") && mayEdit()) useWriting.setState({ note: mark });
  else if (mark?.startsWith(GROUP) && mayEdit()) renameChosen();
  else openForm();
}

export function mayEdit(): boolean {
  return may("editor", useProject.getState().active);
}

function renameChosen(): void {
  const front = inFront();
  const key = chosenGroup() ?? chosenDoor();
  if (front === null || key === undefined) return;
  const door = doorOf(key);
  open({ kind: "name", flow: front.flow, of: door ? "door" : "group", was: door?.name ?? key.slice(GROUP.length), key });
}

function nameSubflow(): void {
  const front = inFront();
  if (front !== null) open({ kind: "name", flow: front.flow, of: "subflow", was: freeNameOfMine("subflow") });
}

/** The menu for what is selected, by keyboard. */
function openMenu(): void {
  const front = inFront();
  if (front === null) return;
  const { flow, selection } = front;
  const [id] = [...selection.nodes, ...selection.wires, ...selection.marks];
  const of = selection.nodes.length > 0 ? "node" : selection.wires.length > 0 ? "wire" : selection.marks.length > 0 ? "mark" : "canvas";
  open({ kind: "menu", flow, of, screen: id === undefined ? onScreen(middleOfView()) : below(id) });
}

function pressChosen(): void {
  const front = inFront();
  const [node] = nodes();
  if (front !== null && node !== undefined) void pressButton(front.flow, node);
}

const hasButton = (): boolean => {
  const front = inFront();
  const type = front?.doc.nodes[nodes()[0] ?? ""]?.type;
  return front !== null && oneNode() && knowledgeOf(front.flow).types[type ?? ""]?.button === true;
};

const inGroup = (): boolean => {
  const front = inFront();
  return front !== null && Object.values(groupsOf(front.doc)).some((group) => group.nodes.some((id) => front.selection.nodes.includes(id)));
};

function edit(name: string, label: Key, run: () => void, rest: Partial<Action> = {}): Action {
  return { id: `canvas.${name}`, label, where: "canvas", role: "editor", can: drawn, run, ...rest };
}

function look(name: string, label: Key, run: () => void, rest: Partial<Action> = {}): Action {
  return { id: `canvas.${name}`, label, where: "canvas", can: drawn, run, ...rest };
}

const WAYS: Way[] = ["left", "right", "up", "down"];

export const canvasActions: Action[] = [
  edit("add", "action.add", () => quickAdd(), { keys: ["a"] }),
  edit("note", "action.note", addNoteHere),
  look("settings", "action.settings", openChosen, { keys: ["enter"], can: () => drawn() && anything() }),
  look("openSubflow", "action.open-subflow", openSubflow, { keys: ["mod+enter"], can: () => chosenSubflow() !== undefined }),
  { ...look("press", "action.press", pressChosen, { keys: ["b"], can: hasButton }), role: "operator" },
  edit("connect", "action.connect", () => pickFor("connect"), { keys: ["c"], can: oneNode }),
  edit("disconnect", "action.disconnect", () => pickFor("disconnect"), { keys: ["shift+c"], can: oneNode }),
  edit("insert", "action.insert", insertInWire, { can: oneWire }),
  edit("delete", "action.delete", () => removeSelected(), { keys: ["delete", "backspace"], can: anything }),
  edit("deleteReconnect", "action.delete-reconnect", removeAndBridge, { keys: ["mod+delete", "mod+backspace"], can: someNodes(1) }),
  look("copy", "action.copy", copyNow, { keys: ["mod+c"], native: true, can: anything }),
  edit("cut", "action.cut", cutNow, { keys: ["mod+x"], native: true, can: anything }),
  edit("paste", "action.paste", () => void pasteNow(), { keys: ["mod+v"], native: true }),
  edit("duplicate", "action.duplicate", duplicate, { keys: ["mod+shift+d"], can: anything }),
  look("selectAll", "action.select-all", selectAll, { keys: ["mod+a"] }),
  look("selectNone", "action.select-none", selectNone, { keys: ["escape"], can: () => drawn() && usePopups.getState().popup === null }),
  look("selectUpstream", "action.select-up", () => selectAlong("up"), { keys: ["u"], can: anything }),
  look("selectDownstream", "action.select-down", () => selectAlong("down"), { keys: ["d"], can: anything }),
  edit("switch", "action.disable", switchSelected, { keys: ["x"], can: anything }),
  edit("group", "action.group", groupSelected, { keys: ["mod+shift+g"], can: someNodes(1) }),
  edit("ungroup", "action.ungroup", ungroupSelected, { keys: ["mod+shift+u"], can: () => chosenGroup() !== undefined || inGroup() }),
  edit("renameGroup", "action.rename-group", renameChosen, { can: () => chosenGroup() !== undefined }),
  edit("recolourGroup", "action.recolour-group", recolourGroup, { can: () => chosenGroup() !== undefined }),
  edit("joinGroup", "action.join-group", joinSelected, { can: () => chosenGroup() !== undefined && nodes().length > 0 }),
  edit("leaveGroup", "action.leave-group", leaveSelected, { can: inGroup }),
  edit("makeSubflow", "action.subflow", nameSubflow, { can: someNodes(1) }),
  edit("input", "action.input", () => addDoorHere("inputs"), { can: () => inFront()?.doc.subflow !== undefined }),
  edit("output", "action.output", () => addDoorHere("outputs"), { can: () => inFront()?.doc.subflow !== undefined }),
  edit("renameDoor", "action.rename-door", renameChosen, { can: () => chosenDoor() !== undefined }),
  edit("feedback", "action.feedback", () => {
    const [front, wire] = [inFront(), chosenWire()];
    if (front !== null && wire !== undefined) open({ kind: "feedback", flow: front.flow, from: wire.from, to: wire.to, wire: wireKey(wire) });
  }, { can: oneWire }),
  edit("arrange", "action.arrange", () => void arrangeFlow(), { keys: ["mod+shift+l"] }),
  ...(["left", "centre", "right", "top", "middle", "bottom"] as const).map((edge) =>
    edit(`align${edge.charAt(0).toUpperCase()}${edge.slice(1)}`, `action.align-${edge}`, () => align(edge), { can: someNodes(2) }),
  ),
  edit("distributeAcross", "action.distribute-across", () => distribute("across"), { can: someNodes(3) }),
  edit("distributeDown", "action.distribute-down", () => distribute("down"), { can: someNodes(3) }),
  look("zoomIn", "action.zoom-in", () => void theStage()?.instance.zoomIn(), { keys: ["mod++", "mod+="] }),
  look("zoomOut", "action.zoom-out", () => void theStage()?.instance.zoomOut(), { keys: ["mod+-"] }),
  look("zoomOne", "action.zoom-one", () => void theStage()?.instance.zoomTo(1), { keys: ["mod+0"] }),
  look("zoomAll", "action.zoom-all", () => void theStage()?.instance.fitView(WHOLE), { keys: ["mod+1"] }),
  look("menu", "action.menu", openMenu, { keys: ["shift+f10", "contextmenu"] }),
  ...WAYS.map((way) => look(`walk${way}`, `action.walk-${way}`, () => walk(way), { keys: [`arrow${way}`] })),
  ...WAYS.map((way) => edit(`move${way}`, `action.move-${way}`, () => nudge(way), { keys: [`mod+arrow${way}`], can: anything })),
  ...WAYS.map((way) => edit(`moveFar${way}`, `action.move-far-${way}`, () => nudge(way, 10), { keys: [`mod+shift+arrow${way}`], can: anything })),
];

