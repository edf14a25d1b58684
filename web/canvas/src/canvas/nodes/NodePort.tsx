import { Handle, Position } from "@xyflow/react";
import { memo, type ReactNode } from "react";
import { useText } from "../../text";
import { useConnecting } from "../wires/connecting";
import type { DrawnPort } from "./shape";

interface Props {
  node: string;
  port: DrawnPort;
  /** Whether the node has several on this side: its name counts, and there is less room to hit it. */
  several: boolean;
  error: boolean;
}

/** A dot where wires begin or end; while one is drawn it shows whether it may come here. */
export const NodePort = memo(function NodePort({ node, port, several, error }: Props): ReactNode {
  const t = useText();
  const { name, side, payload, missing, wired } = port;
  const says = useConnecting(({ from, judge }) => {
    if (from === null) return "";
    if (from.node === node && from.port === name && from.side === side) return "begin";
    const verdict = judge({ node, port: name, side });
    return verdict === null ? "yes" : verdict.why === "loop" ? "loop" : "no";
  });
  const label = error ? t("canvas.port.error") : name;
  const looks = ["port", `port-${side}`, `port-of-${payload}`, says && `port-${says}`, missing && "port-missing", error && "port-error", wired && "port-wired", several && "port-tight"];
  return (
    <>
      <Handle
        id={name}
        type={side === "input" ? "target" : "source"}
        position={side === "input" ? Position.Left : error ? Position.Bottom : Position.Right}
        className={looks.filter(Boolean).join(" ")}
        style={error ? { left: port.x } : { top: port.y }}
        title={payload === "any" ? label : `${label} (${t(`canvas.payload.${payload}`)})`}
      />
      {label !== "" && (
        <span className={`port-name port-name-${error ? "error" : side} ${several ? "port-name-several" : ""}`} style={error ? { left: port.x } : { top: port.y }} aria-hidden="true">
          {label}
        </span>
      )}
    </>
  );
});
