import { BaseEdge, type EdgeProps } from "@xyflow/react";
import { memo, type ReactNode, useState } from "react";
import { useStale } from "../../live/link";
import { useWireLive } from "../../live/values";
import type { WireEdge } from "../drawing";
import { usePassed } from "../trace";
import { useInnerWire } from "../useInstance";
import { wirePath } from "./wirePath";
import { rateText, valueText } from "../words";

/** A wire: its rate in the middle, its last value under the pointer. Red only while the last delivery failed. */
export const WireLine = memo(function WireLine(props: EdgeProps<WireEdge>): ReactNode {
  const { id, sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, selected = false, data } = props;
  const [over, setOver] = useState(false);
  const flow = data?.flow ?? "";
  const own = useWireLive(flow, data?.live ?? "");
  const inner = useInnerWire(flow, data?.live ?? "", data?.inner ?? false);
  const live = own ?? inner;
  const passed = usePassed(flow, data?.live ?? "", data?.inner ?? false);
  const stale = useStale();
  if (data === undefined) return null;
  const { wire, off, mark } = data;
  const [path, x, y] = wirePath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition });
  const failed = live?.failed === true && !stale;
  const looks = ["wire", off && "wire-off", failed && "wire-failed", mark && `wire-${mark}`, passed && "wire-passed", selected && "wire-chosen"];
  const rate = live !== undefined && live.rate > 0 && !off ? rateText(live.rate) : "";
  const value = over && live !== undefined && live.passed > 0 ? valueText(live) : "";
  return (
    <g className={looks.filter(Boolean).join(" ")} onPointerEnter={() => setOver(true)} onPointerLeave={() => setOver(false)}>
      <BaseEdge id={`wire ${id}`} path={path} interactionWidth={20} />
      {wire.feedback && <FeedbackMark x={x} y={y} initial={wire.feedback.initial} />}
      {wire.queue && <QueueMark x={targetX - 16} y={targetY} />}
      <WireText x={x} y={wire.feedback ? y + 18 : y} text={value ? (rate ? `${value} · ${rate}` : value) : rate} stale={stale} />
    </g>
  );
});

const PER_LETTER = 5.9;

/** A pill with a few characters. Plain SVG: hundreds of them must cost nothing. */
function WireText({ x, y, text, stale, look = "" }: { x: number; y: number; text: string; stale: boolean; look?: string }): ReactNode {
  if (text === "") return null;
  const width = Math.max(22, text.length * PER_LETTER + 10);
  return (
    <g className={`wire-pill ${stale ? "wire-pill-stale" : ""} ${look}`} transform={`translate(${x} ${y})`} aria-hidden="true">
      <rect x={-width / 2} y="-8" width={width} height="16" rx="8" />
      <text textAnchor="middle" dominantBaseline="central">
        {text}
      </text>
    </g>
  );
}

/** An arrow back and the value that the loop begins with. */
function FeedbackMark({ x, y, initial }: { x: number; y: number; initial: unknown }): ReactNode {
  const all = JSON.stringify(initial) ?? "null";
  return <WireText x={x} y={y} text={`↩ ${all.length > 12 ? `${all.slice(0, 11)}…` : all}`} stale={false} look="wire-pill-feedback" />;
}

/** Three bars before the end: messages may wait here. */
function QueueMark({ x, y }: { x: number; y: number }): ReactNode {
  return <path className="wire-queue" d={`M${x} ${y - 4}v8M${x + 3} ${y - 4}v8M${x + 6} ${y - 4}v8`} aria-hidden="true" />;
}
