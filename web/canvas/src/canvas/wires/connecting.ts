/** A wire being drawn: where it began, and what each port says to it. */
import { create } from "zustand";
import { doorOf } from "../../model/edit/doors";
import { type End, type FlowDoc } from "../../model/flow";
import { judgeFrom, type PortEnd, type Verdict } from "../../model/judge";
import { fullFrom, fullTo } from "../../model/ports";
import { t } from "../../text";
import { useProject } from "../../store/project";
import { knowledgeOf } from "../knowledge";

type Judge = (to: PortEnd) => Verdict | null;

interface Connecting {
  from: PortEnd | null;
  judge: Judge;
}

const NOBODY: Connecting = { from: null, judge: () => null };

/** The wire that is being drawn; `from` is null while there is none. */
export const useConnecting = create<Connecting>()(() => NOBODY);

/** Begin to draw a wire at a port. */
export function beginWire(flow: string, from: PortEnd): void {
  const doc = useProject.getState().flows[flow];
  if (doc !== undefined) useConnecting.setState({ from, judge: judgeOf(flow, doc, from) });
}

/** Draw no more, whatever has come of it. */
export function endWire(): void {
  useConnecting.setState(NOBODY);
}

/** Judge ends of nodes and doors alike. */
export function judgeOf(flow: string, doc: FlowDoc, from: PortEnd): Judge {
  const known = knowledgeOf(flow);
  const door = doorOf(from.node);
  const nodes = door === null ? judgeFrom(doc, from, known) : null;
  return (to) => {
    const other = doorOf(to.node);
    if (nodes !== null && other === null) return nodes(to);
    if (door !== null && other !== null) return { why: to.node === from.node ? "self" : "same-side" };
    if (to.side === from.side) return { why: "same-side" };
    const [{ side, name }, inner] = door !== null ? [door, to] : [other as NonNullable<typeof other>, from];
    const full = side === "inputs" ? fullTo : fullFrom;
    const led = (doc.subflow?.[side]?.[name] ?? []).map((end) => full(doc, end, known));
    return led.some((end: End) => end.node === inner.node && end.port === inner.port) ? { why: "duplicate" } : null;
  };
}

/** Say in words why a wire may not go there. */
export function whyText(verdict: Verdict, from: PortEnd, to: PortEnd): string {
  const [start, finish] = from.side === "output" ? [from, to] : [to, from];
  return t(`canvas.why.${verdict.why}`, {
    from: start.node,
    to: finish.node,
    out: t(`canvas.payload.${verdict.out?.payload ?? "any"}`),
    port: t(`canvas.payload.${verdict.port?.payload ?? "any"}`),
  });
}
