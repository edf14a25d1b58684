/** Draw, move and change wires. */
import { connect, disconnect, doorOf, leadDoor, setWire } from "../../model/edit";
import { type FlowDoc, type WireSpec } from "../../model/flow";
import type { PortEnd } from "../../model/judge";
import { inputEnd, outputEnd, portsOf } from "../../model/ports";
import { wireKey } from "../../model/wires";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { t } from "../../text";
import { announce, notify } from "../../ui/notices";
import { judgeOf, whyText } from "../wires/connecting";
import { knowledgeOf } from "../knowledge";
import { open } from "../popups/popups";

/** The ends of a wire between two ports, as they are written in the file. */
function endsOf(flow: string, doc: FlowDoc, a: PortEnd, b: PortEnd): { from: string; to: string } {
  const known = knowledgeOf(flow);
  const [start, finish] = a.side === "output" ? [a, b] : [b, a];
  return {
    from: outputEnd(start.node, start.port, portsOf(doc, start.node, known)),
    to: inputEnd(finish.node, finish.port, portsOf(doc, finish.node, known)),
  };
}

/** Wire two ports; what may not be is said, and a loop is offered a feedback wire. Returns whether it was done. */
export function wire(flow: string, from: PortEnd, to: PortEnd): boolean {
  const doc = useProject.getState().flows[flow];
  if (doc === undefined) return false;
  const door = [from, to].find((one) => doorOf(one.node) !== null);
  const verdict = judgeOf(flow, doc, from)(to);
  if (verdict !== null && (verdict.why !== "loop" || door)) {
    notify("warning", whyText(verdict, from, to));
    return false;
  }
  if (door !== undefined) return lead(flow, doc, door, door === from ? to : from);
  const ends = endsOf(flow, doc, from, to);
  if (verdict !== null) {
    open({ kind: "feedback", flow, ...ends });
    return false;
  }
  useProject.getState().edit(t("step.connect", ends), flow, (now) => connect(now, ends));
  announce(t("canvas.done.connected", ends));
  return true;
}

function lead(flow: string, doc: FlowDoc, door: PortEnd, inner: PortEnd): boolean {
  const found = doorOf(door.node);
  if (found === null) return false;
  const ports = portsOf(doc, inner.node, knowledgeOf(flow));
  const end = found.side === "inputs" ? inputEnd(inner.node, inner.port, ports) : outputEnd(inner.node, inner.port, ports);
  useProject.getState().edit(t("step.door"), flow, (now) => leadDoor(now, found.side, found.name, end, true));
  announce(t("canvas.done.connected", { from: found.name, to: inner.node }));
  return true;
}

/** Hang one end of a wire to another port. */
export function rehang(flow: string, key: string, from: PortEnd, to: PortEnd): void {
  const doc = useProject.getState().flows[flow];
  const old = doc?.wires.find((one) => wireKey(one) === key);
  if (doc === undefined || old === undefined) return;
  const without = disconnect(doc, [key]);
  const verdict = judgeOf(flow, without, from)(to);
  if (verdict !== null && !(verdict.why === "loop" && old.feedback)) {
    notify("warning", whyText(verdict, from, to));
    return;
  }
  const ends = endsOf(flow, doc, from, to);
  useProject.getState().edit(t("step.reconnect"), flow, (now) => setWire(now, key, ends));
  useView.getState().select(flow, { wires: [wireKey({ ...old, ...ends })] });
  announce(t("canvas.done.connected", ends));
}

/** Make a wire feed back, or change its initial value; undefined makes it an ordinary one. */
export function setFeedback(flow: string, ends: Pick<WireSpec, "from" | "to">, feedback: WireSpec["feedback"]): void {
  useProject.getState().edit(t("step.feedback"), flow, (doc) => {
    const key = wireKey(ends);
    const there = doc.wires.some((one) => wireKey(one) === key);
    return there ? setWire(doc, key, { feedback }) : connect(doc, { ...ends, ...(feedback && { feedback }) });
  });
  announce(t("canvas.done.connected", { from: ends.from, to: ends.to }));
}

export function unwire(flow: string, key: string): void {
  const [from = "", to = ""] = key.split(">");
  useProject.getState().edit(t("step.disconnect"), flow, (doc) => disconnect(doc, [key]));
  announce(t("canvas.done.disconnected", { from, to }));
}
