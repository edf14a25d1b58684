import { Panel, useReactFlow } from "@xyflow/react";
import type { ReactNode } from "react";
import { useTrace } from "../debug/trace";
import { useText } from "../text";
import { Button, IconButton } from "../ui/Button";
import type { Drawn } from "./drawing";
import { WHOLE } from "./stage";
import { MiniMap } from "./MiniMap";
import { useTracing } from "./trace";
import { WireHint } from "./wires/WireHint";

/** What lies over the drawing: zoom, overview, hints. */
export function Overlays({ nodes }: { nodes: readonly Drawn[] }): ReactNode {
  const t = useText();
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  const empty = nodes.length === 0;
  const tracing = useTracing();
  return (
    <>
      <Panel position="bottom-left" className="canvas-zoom" role="group" aria-label={t("canvas.controls")}>
        <IconButton icon="zoomIn" label={t("canvas.zoom-in")} onClick={() => void zoomIn()} />
        <IconButton icon="zoomOut" label={t("canvas.zoom-out")} onClick={() => void zoomOut()} />
        <IconButton icon="fit" label={t("canvas.fit")} onClick={() => void fitView(WHOLE)} />
      </Panel>
      {!empty && <MiniMap nodes={nodes} />}
      {empty && (
        <Panel position="top-center" className="canvas-empty">
          <strong>{t("canvas.empty")}</strong>
          <span>{t("canvas.empty-how")}</span>
        </Panel>
      )}
      {tracing && (
        <Panel position="top-center" className="canvas-trace" role="status">
          <span>{t("canvas.trace.showing")}</span>
          <Button look="quiet" onClick={() => useTrace.getState().clear()}>
            {t("canvas.trace.end")}
          </Button>
        </Panel>
      )}
      <WireHint />
    </>
  );
}
