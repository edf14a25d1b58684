import { type ReactFlowState, useReactFlow, useStoreApi } from "@xyflow/react";
import { type PointerEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { useView } from "../store/view";
import { useText } from "../text";
import { type Drawn, type DrawnWire, lookOf } from "./drawing";

const WIDTH = 160;
const HEIGHT = 104;
const MARGIN = 6;

interface Scale {
  factor: number;
  left: number;
  top: number;
  /** What the nodes take, in the flow's own measures. */
  taken: { left: number; top: number; right: number; bottom: number };
}

/**
 * The whole flow, small; press or drag to go there. React Flow's own has an element and a subscription for each node,
 * which thousands of nodes pay for at each move: this one is painted once for each edit. While all of the flow is in
 * view there is nowhere to go, and it yields: it would only lie over a node in its corner.
 */
export function MiniMap({ nodes }: { nodes: readonly Drawn[] }): ReactNode {
  const t = useText();
  const theme = useView((state) => state.theme);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = scaleOf(nodes);
  useEffect(() => paint(canvas.current, nodes, scaleOf(nodes)), [nodes, theme]);
  const { setCenter, getZoom } = useReactFlow<Drawn, DrawnWire>();
  const go = (event: PointerEvent): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX - box.left) / scale.factor + scale.left;
    const y = (event.clientY - box.top) / scale.factor + scale.top;
    void setCenter(x, y, { zoom: getZoom() });
  };
  return (
    <div
      className="canvas-map react-flow__panel bottom right"
      role="img"
      aria-label={t("canvas.minimap")}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <canvas ref={canvas} width={WIDTH * 2} height={HEIGHT * 2} />
      <Seen scale={scale} />
    </div>
  );
}

/** The part of the flow that is in view; it is moved past React, which would have to do it in each frame. */
function Seen({ scale }: { scale: Scale }): ReactNode {
  const store = useStoreApi();
  const seen = useRef<HTMLDivElement>(null);
  const { factor, left, top, taken } = scale;
  useLayoutEffect(() => {
    const place = ({ transform: [x, y, zoom], width, height }: ReactFlowState): void => {
      const style = seen.current?.style;
      if (style === undefined) return;
      const whole = taken.left * zoom + x >= 0 && taken.top * zoom + y >= 0 && taken.right * zoom + x <= width && taken.bottom * zoom + y <= height;
      seen.current?.parentElement?.toggleAttribute("data-whole", whole);
      style.transform = `translate(${(-x / zoom - left) * factor}px, ${(-y / zoom - top) * factor}px)`;
      style.width = `${(width / zoom) * factor}px`;
      style.height = `${(height / zoom) * factor}px`;
    };
    place(store.getState());
    return store.subscribe(place);
  }, [store, factor, left, top, taken.left, taken.top, taken.right, taken.bottom]);
  return <div ref={seen} className="canvas-map-seen" aria-hidden="true" />;
}

function scaleOf(nodes: readonly Drawn[]): Scale {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { position, width = 0, height = 0 } of nodes) {
    left = Math.min(left, position.x);
    top = Math.min(top, position.y);
    right = Math.max(right, position.x + width);
    bottom = Math.max(bottom, position.y + height);
  }
  const factor = Math.min((WIDTH - 2 * MARGIN) / Math.max(1, right - left), (HEIGHT - 2 * MARGIN) / Math.max(1, bottom - top), 0.12);
  const spare = (all: number, used: number): number => (all / factor - used) / 2;
  const taken = { left, top, right, bottom };
  return { factor, left: left - spare(WIDTH, right - left), top: top - spare(HEIGHT, bottom - top), taken };
}

const COLOURS = { source: "--source", transform: "--transform", actuator: "--actuator" } as const;

function paint(canvas: HTMLCanvasElement | null, nodes: readonly Drawn[], { factor, left, top }: Scale): void {
  const pen = canvas?.getContext("2d");
  if (canvas === null || !pen) return;
  const style = getComputedStyle(canvas);
  const colours = Object.fromEntries(Object.entries(COLOURS).map(([kind, name]) => [kind, style.getPropertyValue(name)]));
  const other = style.getPropertyValue("--control");
  const back = style.getPropertyValue("--hover");
  pen.setTransform(2, 0, 0, 2, 0, 0);
  pen.clearRect(0, 0, WIDTH, HEIGHT);
  const behind = (node: Drawn): boolean => node.type === "frame" || node.type === "sticky";
  for (const node of [...nodes.filter(behind), ...nodes.filter((one) => !behind(one))]) {
    const { position, width = 0, height = 0 } = node;
    const look = node.type === "box" ? lookOf(node.data.kind, node.data.spec.type) : "";
    pen.fillStyle = behind(node) ? back : (colours[look] ?? other);
    pen.fillRect((position.x - left) * factor, (position.y - top) * factor, Math.max(1.5, width * factor), Math.max(1.5, height * factor));
  }
}
