import type { NodeProps } from "@xyflow/react";
import { memo, type ReactNode, useMemo } from "react";
import { pressButton } from "../../live/inject";
import { useStale } from "../../live/link";
import { Sparkline } from "../../live/Sparkline";
import { useNodeLive, useTrend } from "../../live/values";
import { typeName } from "../../model/typeName";
import { useMay } from "../../store/session";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { Icon, type IconName } from "../../ui/Icon";
import { type BoxData, type BoxNode, type Kind, labelId, lookOf } from "../drawing";
import { NodePort } from "./NodePort";
import { StatusShape } from "./StatusShape";
import { useInstance } from "../useInstance";
import { useStop } from "../trace";
import { hasValue, levelOf, nodeWords, valueText } from "../words";

const ICONS: Record<Kind, IconName> = {
  source: "source",
  transform: "transform",
  actuator: "actuator",
  connection: "connection",
  subflow: "subflow",
  unknown: "error",
};

/** A node: what it is called, how it is, and its last value. */
export const NodeBox = memo(function NodeBox({ id, data }: NodeProps<BoxNode>): ReactNode {
  const t = useText();
  const { flow, spec, type, kind, shape, mark, problem } = data;
  const stop = useStop(flow, id);
  const ports = useMemo(() => {
    const count = (side: "input" | "output"): number => shape.ports.filter((port) => port.side === side && port.y < shape.height).length;
    const many = { input: count("input") > 1, output: count("output") > 1 };
    return shape.ports.map((port) => (
      <NodePort key={`${port.side} ${port.name}`} node={id} port={port} several={many[port.side] && port.y < shape.height} error={port.y === shape.height} />
    ));
  }, [id, shape]);
  const looks = [
    "node",
    `node-${lookOf(kind, spec.type)}`,
    spec.disabled && "node-off",
    mark && `node-is-${mark}`,
    stop === undefined && "node-aside",
    stop && "node-on-way",
  ];
  return (
    <div className={looks.filter(Boolean).join(" ")}>
      <span className="node-bar" aria-hidden="true" />
      <Icon name={lookOf(kind, spec.type) === "tool" ? "debug" : ICONS[kind]} size={16} />
      <span className="node-words" aria-hidden="true">
        <span className="node-name">{id}</span>
        {stop ? (
          <Line look={stop.failed ? "node-failed" : "node-passed"} text={stop.failed || stop.value} />
        ) : (
          <NodeValue id={id} data={data} />
        )}
      </span>
      <NodeState id={id} data={data} />
      {problem && <ProblemMark problem={problem} />}
      {mark && <span className="node-dot" title={t(`canvas.${mark}`)} aria-hidden="true" />}
      {type?.button && <PressButton flow={flow} node={id} />}
      {ports}
    </div>
  );
});

/** The second line: sparkline and value where there is one, else what the node says of itself, else its type. */
function NodeValue({ id, data: { flow, spec, kind } }: Pick<NodeProps<BoxNode>, "id" | "data">): ReactNode {
  const t = useText();
  const live = useNodeLive(flow, id);
  const trend = useTrend(flow, id);
  const stale = useStale();
  if (kind === "unknown") return <Line look="node-broken" text={spec.type} />;
  if (live !== undefined && (live.level === "error" || live.level === "warning") && live.text && !stale)
    return <Says look={`node-says-${live.level}`} text={live.text} />;
  if (!hasValue(live) || spec.disabled) return live?.text ? <Says look="" text={live.text} /> : <Line look="" text={typeName(spec.type)} />;
  return (
    <span className={`node-second ${stale ? "node-stale" : ""}`} title={stale ? t("canvas.stale") : undefined}>
      {live.kind === "number" && live.quality === "good" && <Sparkline values={trend} />}
      <span className="node-value">{valueText(live, live.unit)}</span>
      {live.quality !== "good" && <span className={`node-quality node-quality-${live.quality}`}>{t(`canvas.quality.${live.quality}`)}</span>}
    </span>
  );
}

function Says({ look, text }: { look: string; text: string }): ReactNode {
  const spoken = useSpoken();
  return <Line look={look} text={spoken(text)} />;
}

function ProblemMark({ problem }: { problem: NonNullable<BoxData["problem"]> }): ReactNode {
  const spoken = useSpoken();
  return (
    <span className={`node-problem node-problem-${problem.severity}`} title={spoken(problem.text)} aria-hidden="true">
      {problem.count > 1 ? problem.count : "!"}
    </span>
  );
}

function Line({ look, text }: { look: string; text: string }): ReactNode {
  return (
    <span className={`node-second ${look}`} title={text}>
      <span className="node-text">{text}</span>
    </span>
  );
}

/** The shape at the top right, and the node's name for those who do not see it. */
function NodeState({ id, data }: Pick<NodeProps<BoxNode>, "id" | "data">): ReactNode {
  useText();
  const live = useNodeLive(data.flow, id);
  const inner = useInstance(data.flow, id, data.kind === "subflow");
  const level = levelOf(data, live ?? inner, useStale());
  return (
    <>
      <StatusShape level={level} />
      <span id={labelId(id)} className="only-read">
        {nodeWords(id, data, level, live ?? inner)}
      </span>
    </>
  );
}

function PressButton({ flow, node }: { flow: string; node: string }): ReactNode {
  const t = useText();
  const may = useMay("operator", flow);
  const label = t("canvas.press", { node });
  const why = may ? label : t("shell.needs-operator");
  return (
    <button type="button" className="node-press nodrag nopan" aria-label={label} title={why} disabled={!may} tabIndex={-1} onClick={() => void pressButton(flow, node)}>
      <Icon name="play" size={12} />
    </button>
  );
}
