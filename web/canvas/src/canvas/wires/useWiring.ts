/** Drawing a wire with the pointer. */
import type { Connection, FinalConnectionState, HandleType, OnConnectStart } from "@xyflow/react";
import { useMemo } from "react";
import { doorOf } from "../../model/edit";
import type { PortEnd } from "../../model/judge";
import { beginWire, endWire, useConnecting } from "./connecting";
import { rehang, wire } from "../deeds/wires";
import type { DrawnWire } from "../drawing";
import { open } from "../popups/popups";
import { placeAt } from "../stage";

interface Wiring {
  isValidConnection(connection: Connection | DrawnWire): boolean;
  onConnectStart: OnConnectStart;
  onConnectEnd(event: MouseEvent | TouchEvent, state: FinalConnectionState): void;
  onReconnectStart(event: unknown, edge: DrawnWire): void;
  onReconnectEnd(event: MouseEvent | TouchEvent, edge: DrawnWire, side: HandleType, state: FinalConnectionState): void;
}

export function useWiring(flow: string): Wiring {
  return useMemo(() => {
    // React Flow tells the end of a wire that is hung elsewhere twice: as any wire drawn, and as this one.
    let hanging: string | null = null;
    return {
      isValidConnection: ({ source, target, sourceHandle, targetHandle }) => {
        const { from, judge } = useConnecting.getState();
        if (from === null) return false;
        const out: PortEnd = { node: source, port: sourceHandle ?? "", side: "output" };
        const into: PortEnd = { node: target, port: targetHandle ?? "", side: "input" };
        return judge(from.side === "output" ? into : out) === null;
      },
      onConnectStart: (_, { nodeId, handleId, handleType }) => {
        if (nodeId !== null) beginWire(flow, { node: nodeId, port: handleId ?? "", side: sideOf(handleType) });
      },
      onConnectEnd: (event, state) => {
        const { from } = useConnecting.getState();
        endWire();
        if (from === null || hanging !== null) return;
        const to = endOf(state);
        if (to !== null) {
          if (to.node !== from.node || to.port !== from.port || to.side !== from.side) wire(flow, from, to);
        } else if (!onNode(event) && doorOf(from.node) === null) {
          const screen = pointOf(event);
          const [x, y] = placeAt(screen);
          open({ kind: "add", flow, screen, at: from.side === "output" ? [x, y - 20] : [x - 160, y - 20], from });
        }
      },
      onReconnectStart: (_, edge) => {
        hanging = edge.id;
      },
      onReconnectEnd: (_, edge, side, state) => {
        hanging = null;
        const to = endOf(state);
        if (to !== null && edge.type === "wire") rehang(flow, edge.id, fixedEnd(edge, side), to);
      },
    };
  }, [flow]);
}

function sideOf(type: HandleType | null): PortEnd["side"] {
  return type === "target" ? "input" : "output";
}

/** The end that stays while the other is moved. `side` is the end that stays, as React Flow tells it. */
function fixedEnd({ source, target, sourceHandle, targetHandle }: DrawnWire, side: HandleType): PortEnd {
  return side === "source"
    ? { node: source, port: sourceHandle ?? "", side: "output" }
    : { node: target, port: targetHandle ?? "", side: "input" };
}

function endOf({ toHandle }: FinalConnectionState): PortEnd | null {
  return toHandle === null ? null : { node: toHandle.nodeId, port: toHandle.id ?? "", side: sideOf(toHandle.type) };
}

function pointOf(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

/** Whether the wire was let go over a node, not in space: there it is a miss, no wish for a new node. */
function onNode(event: MouseEvent | TouchEvent): boolean {
  const { x, y } = pointOf(event);
  const at = document.elementFromPoint(x, y);
  return at?.closest(".react-flow__pane, .react-flow__edge") === null || at === null;
}
