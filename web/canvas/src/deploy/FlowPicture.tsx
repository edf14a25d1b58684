import { type ReactNode, useMemo } from "react";
import { end, type FlowDoc } from "../model/flow";
import { spots } from "../model/layout";
import { usePalette } from "../store/palette";
import { useText } from "../text";

const WIDTH = 184;
const HEIGHT = 46;
const MARGIN = 30;
/** Letters of a name that fit into a box. */
const LETTERS = 20;

/** A flow as a picture that cannot be edited. */
export function FlowPicture({ doc }: { doc: FlowDoc }): ReactNode {
  const t = useText();
  const types = usePalette((state) => state.types);
  const places = useMemo(() => spots(doc), [doc]);
  const all = [...places.values()];
  if (all.length === 0) return <p className="history-none">{t("history.no-nodes")}</p>;
  const [left, top] = [Math.min(...all.map(([x]) => x)) - MARGIN, Math.min(...all.map(([, y]) => y)) - MARGIN];
  const right = Math.max(...all.map(([x]) => x)) + WIDTH + MARGIN;
  const bottom = Math.max(...all.map(([, y]) => y)) + HEIGHT + MARGIN;
  const title = t("history.picture", { count: all.length, nodes: Object.keys(doc.nodes).join(", ") });
  return (
    <svg className="picture" viewBox={`${left} ${top} ${right - left} ${bottom - top}`} role="img" aria-label={title}>
      {doc.wires.map((wire) => {
        const [from, to] = [places.get(end(wire.from).node), places.get(end(wire.to).node)];
        if (from === undefined || to === undefined) return null;
        const [x1, y1, x2, y2] = [from[0] + WIDTH, from[1] + HEIGHT / 2, to[0], to[1] + HEIGHT / 2];
        const bend = Math.max(30, Math.abs(x2 - x1) / 2);
        return <path key={`${wire.from}>${wire.to}`} className="picture-wire" d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} />;
      })}
      {[...places].map(([id, [x, y]]) => (
        <g key={id} className={`picture-node picture-${types[doc.nodes[id]?.type ?? ""]?.kind ?? "transform"}`} transform={`translate(${x} ${y})`}>
          <rect className="picture-box" width={WIDTH} height={HEIGHT} rx="5" />
          <rect className="picture-bar" width="5" height={HEIGHT} rx="2" />
          <text x="14" y="20">
            {id.length > LETTERS ? `${id.slice(0, LETTERS - 1)}…` : id}
          </text>
          <text x="14" y="37" className="picture-type">
            {doc.nodes[id]?.type}
          </text>
        </g>
      ))}
    </svg>
  );
}
