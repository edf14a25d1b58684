/** Take away what is selected. */
import { disableNodes, disableWires, disconnect, doorOf, leadDoor, removeAndReconnect, removeDoor, removeMarks, removeNodes } from "../../model/edit";
import { type FlowDoc } from "../../model/flow";
import { wireKey } from "../../model/wires";
import { useProject } from "../../store/project";
import { type Selection, useView } from "../../store/view";
import { t } from "../../text";
import { announce } from "../../ui/notices";
import { knowledgeOf } from "../knowledge";
import { focusCanvas, goTo, inFront } from "../stage";

export function removeSelected(label?: string): void {
  removeWith(label, (doc, { nodes }) => removeNodes(doc, nodes));
}

/** What came before each node is wired to what came after it. */
export function removeAndBridge(): void {
  removeWith(t("step.remove-reconnect"), (doc, { nodes }, flow) => removeAndReconnect(doc, nodes, knowledgeOf(flow)));
}

function removeWith(label: string | undefined, nodesGone: (doc: FlowDoc, selection: Selection, flow: string) => FlowDoc): void {
  const front = inFront();
  if (front === null) return;
  const { flow, selection } = front;
  const count = selection.nodes.length + selection.wires.length + selection.marks.length;
  if (count === 0) return;
  const next = neighbour(front.doc, selection);
  useProject.getState().edit(label ?? t("step.remove", { count }), flow, (doc) => {
    let left = nodesGone(disconnect(doc, selection.wires), selection, flow);
    left = removeMarks(left, selection.marks);
    for (const key of selection.marks) {
      const door = doorOf(key);
      if (door !== null) left = removeDoor(left, door.side, door.name);
    }
    for (const id of selection.wires) left = unlead(left, id);
    return left;
  });
  useView.getState().select(flow, {});
  announce(t("canvas.done.removed", { count }));
  if (next === null) focusCanvas();
  else goTo(flow, next);
}

/** Take away a wire to a door; its id is `door>end` or `end>door`. */
function unlead(doc: FlowDoc, id: string): FlowDoc {
  const [first = "", last = ""] = id.split(">");
  const [door, inner] = doorOf(first) ? [doorOf(first), last] : [doorOf(last), first];
  return door === null ? doc : leadDoor(doc, door.side, door.name, inner, false);
}

/** Where the focus goes: the node before the one that was removed, so that a keyboard does not start again. */
function neighbour(doc: FlowDoc, { nodes }: Selection): string | null {
  if (nodes.length !== 1) return null;
  const node = nodes[0] ?? "";
  const wire = doc.wires.find(({ to }) => to === node || to.startsWith(`${node}.`));
  const before = wire?.from.split(".")[0];
  return before === undefined || before === node ? null : before;
}

/** Disable what is selected or, if all of it is, enable it. */
export function switchSelected(): void {
  const front = inFront();
  if (front === null) return;
  const { flow, doc, selection } = front;
  const chosen = doc.wires.filter((wire) => selection.wires.includes(wireKey(wire)));
  const on = selection.nodes.some((id) => !doc.nodes[id]?.disabled) || chosen.some((wire) => !wire.disabled);
  const label = t(on ? "step.disable" : "step.enable");
  useProject.getState().edit(label, flow, (now) => disableWires(disableNodes(now, selection.nodes, on), selection.wires, on));
  announce(t(on ? "canvas.done.disabled" : "canvas.done.enabled"));
}
