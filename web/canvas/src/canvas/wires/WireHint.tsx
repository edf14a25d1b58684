import { type ReactFlowState, useStore } from "@xyflow/react";
import type { ReactNode } from "react";
import { doorOf } from "../../model/edit";
import type { PortEnd } from "../../model/judge";
import { useText } from "../../text";
import { useConnecting, whyText } from "./connecting";

interface Over {
  x: number;
  y: number;
  to: PortEnd;
}

/** Beside the pointer while a wire is drawn over a port: where it would go, or why not. */
export function WireHint(): ReactNode {
  const t = useText();
  const over = useStore(overPort, sameOver);
  const { from, judge } = useConnecting();
  if (over === null || from === null || (over.to.node === from.node && over.to.port === from.port)) return null;
  const verdict = judge(over.to);
  const [start, finish] = from.side === "output" ? [from, over.to] : [over.to, from];
  const text = verdict === null ? t("canvas.may", { from: nameOf(start), to: nameOf(finish) }) : whyText(verdict, from, over.to);
  return (
    <div className={`wire-hint ${verdict === null ? "" : "wire-hint-no"}`} role="tooltip" style={{ left: over.x + 16, top: over.y + 14 }}>
      {text}
    </div>
  );
}

function overPort({ connection }: ReactFlowState): Over | null {
  if (!connection.inProgress || connection.toHandle === null || connection.pointer === undefined) return null;
  const { nodeId, id, type } = connection.toHandle;
  const { x, y } = connection.pointer;
  return { x, y, to: { node: nodeId, port: id ?? "", side: type === "target" ? "input" : "output" } };
}

function sameOver(a: Over | null, b: Over | null): boolean {
  return a === b || (a !== null && b !== null && a.x === b.x && a.y === b.y && a.to.node === b.to.node && a.to.port === b.to.port);
}

function nameOf({ node, port }: PortEnd): string {
  return doorOf(node)?.name ?? (port ? `${node}.${port}` : node);
}
