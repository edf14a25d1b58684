/** Things on the canvas that are no nodes: groups, doors of a subflow, what was removed. Notes have their own file. */
import { BaseEdge, type EdgeProps, getBezierPath, Handle, type NodeProps, Position } from "@xyflow/react";
import { memo, type ReactNode } from "react";
import { typeName } from "../model/typeName";
import { useText } from "../text";
import { useConnecting } from "./wires/connecting";
import type { DoorNode, FrameNode, GhostNode, LeadEdge } from "./drawing";

/** A group: a frame around its nodes; it moves by its title. */
export const Frame = memo(function Frame({ data: { name, group } }: NodeProps<FrameNode>): ReactNode {
  return (
    <div className={`frame frame-${group.colour ?? "grey"}`}>
      <span className="frame-title">{name}</span>
    </div>
  );
});

/** An input or output of the subflow that is being edited. */
export const Door = memo(function Door({ id, data: { side, name } }: NodeProps<DoorNode>): ReactNode {
  const t = useText();
  const port = side === "inputs" ? ("output" as const) : ("input" as const);
  const says = useConnecting(({ from, judge }) => {
    if (from === null) return "";
    if (from.node === id) return "begin";
    return judge({ node: id, port: name, side: port }) === null ? "yes" : "no";
  });
  return (
    <div className={`door door-${side}`} title={t(side === "inputs" ? "canvas.door.input" : "canvas.door.output", { port: name })}>
      <span className="door-name">{name}</span>
      <Handle
        id={name}
        type={port === "output" ? "source" : "target"}
        position={port === "output" ? Position.Right : Position.Left}
        className={`port port-${port} ${says && `port-${says}`}`}
      />
    </div>
  );
});

/** A node that the deployed flow has and the draft has not. */
export const Ghost = memo(function Ghost({ data: { type, name } }: NodeProps<GhostNode>): ReactNode {
  const t = useText();
  return (
    <div className="node node-ghost">
      <span className="node-words">
        <span className="node-name">{name}</span>
        <span className="node-second">
          {typeName(type)}, {t("canvas.removed")}
        </span>
      </span>
      <Handle id="" type="target" position={Position.Left} className="port" isConnectable={false} />
      <Handle id="" type="source" position={Position.Right} className="port" isConnectable={false} />
    </div>
  );
});

/** From a door of the subflow to a node inside, or back. */
export const LeadLine = memo(function LeadLine(props: EdgeProps<LeadEdge>): ReactNode {
  const [path] = getBezierPath(props);
  return (
    <g className={`wire wire-lead ${props.selected ? "wire-chosen" : ""}`}>
      <BaseEdge id={`lead ${props.id}`} path={path} interactionWidth={20} />
    </g>
  );
});
