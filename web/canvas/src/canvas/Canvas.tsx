import { ReactFlowProvider } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import type { ReactNode } from "react";
import { useProject } from "../store/project";
import { useText } from "../text";
import { PopupLayer } from "./popups/PopupLayer";
import { Surface } from "./Surface";
import "./canvas.css";
import "./nodes/node.css";
import "./nodes/port.css";
import "./wires/wire.css";

/** The drawing of one flow. */
export function Canvas({ flow }: { flow: string }): ReactNode {
  const t = useText();
  const doc = useProject((state) => state.flows[flow]);
  if (doc === undefined) return <p className="canvas-none">{t("canvas.none")}</p>;
  return (
    <ReactFlowProvider>
      <Surface key={flow} flow={flow} doc={doc} />
      <PopupLayer />
    </ReactFlowProvider>
  );
}
