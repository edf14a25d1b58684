import { type EdgeTypes, type NodeTypes, ReactFlow, type ReactFlowInstance, SelectionMode, useStore } from "@xyflow/react";
import { type FocusEvent, type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import type { FlowDoc } from "../model/flow";
import { GRID } from "../model/layout";
import { useMay } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { canvasActions, mayEdit, quickAdd } from "./actions";
import { clipboardEvents } from "./deeds/clipboard";
import { openSubflow } from "./deeds/group";
import { Dots } from "./Dots";
import type { Drawn, DrawnWire } from "./drawing";
import { KeepSeen } from "./KeepSeen";
import { Door, Frame, Ghost, LeadLine } from "./marks";
import { NodeBox } from "./nodes/NodeBox";
import { Overlays } from "./Overlays";
import { open } from "./popups/popups";
import { enterStage, pointerAt, theStage, WHOLE } from "./stage";
import { Sticky } from "./Sticky";
import { useTracing } from "./trace";
import { useChanges } from "./useChanges";
import { useDrawing } from "./useDrawing";
import { useFound } from "./useFound";
import { firstView, keepView, seesWhole } from "./views";
import { useWiring } from "./wires/useWiring";
import { WireLine } from "./wires/WireLine";

// Outside of the component: new objects would mount every node again.
const NODES: NodeTypes = { box: NodeBox, frame: Frame, sticky: Sticky, door: Door, ghost: Ghost };
const EDGES: EdgeTypes = { wire: WireLine, lead: LeadLine };
const SNAP: [number, number] = [GRID, GRID];
const MULTI = ["Shift", "Control", "Meta"];
const ZOOM = ["Control", "Meta"];
/** From so many nodes only those in view are drawn. */
const MANY = 150;
/** Below each zoom small text cannot be read; written larger there is room for this much, the nearest last. */
const FROM_AFAR = [
  [0.22, "colours"],
  [0.42, "names"],
  [0.58, "values"],
] as const;

/** The drawing itself, and what the pointer does to it. */
export function Surface({ flow, doc }: { flow: string; doc: FlowDoc }): ReactNode {
  const t = useText();
  const editor = useMay("editor", flow);
  const tracing = useTracing();
  const diff = useView((state) => state.diff);
  const section = useRef<HTMLElement>(null);
  const { underway, onNodesChange, onEdgesChange, onDrag, onDrop } = useChanges(flow);
  const { nodes, edges } = useDrawing(flow, doc, underway);
  const wiring = useWiring(flow);
  const view = useMemo(() => firstView(flow, doc), [flow]); // oxlint-disable-line react-hooks/exhaustive-deps -- where it begins; it moves by itself then
  const leave = useRef<() => void>(() => {});
  const begin = useCallback(
    (instance: ReactFlowInstance<Drawn, DrawnWire>) => {
      if (section.current === null) return;
      leave.current = enterStage({ flow, instance, element: section.current });
      window.flowengine = { ...window.flowengine, flow: instance };
    },
    [flow],
  );
  useEffect(() => () => leave.current(), []);
  useEffect(() => clipboardEvents(() => hasFocus(section.current), mayEdit), []);
  useFound(flow);
  const words = useMemo(
    () => ({
      "node.a11yDescription.default": t("canvas.help.node"),
      "node.a11yDescription.keyboardDisabled": t("canvas.help.node"),
      "edge.a11yDescription.default": t("canvas.help.wire"),
      "controls.ariaLabel": t("canvas.controls"),
    }),
    [t("canvas.minimap")], // oxlint-disable-line react-hooks/exhaustive-deps -- one language, one object
  );
  return (
    <section
      ref={section}
      className="canvas"
      aria-label={t("canvas.region", { flow })}
      tabIndex={-1}
      data-canvas
      data-tracing={tracing || undefined}
      data-diff={diff || undefined}
      onPointerMove={(event) => pointerAt({ x: event.clientX, y: event.clientY })}
      onPointerLeave={() => pointerAt(null)}
      onPointerDown={(event) => takeFocus(event.target as Element, section.current)}
      onFocus={(event) => selectFocused(flow, event)}
    >
      <ReactFlow<Drawn, DrawnWire>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODES}
        edgeTypes={EDGES}
        defaultViewport={view.viewport}
        fitView={view.fit}
        fitViewOptions={WHOLE}
        minZoom={0.08}
        maxZoom={3}
        onInit={begin}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDrag={(_, node, all) => onDrag(node, all)}
        onNodeDragStop={onDrop}
        onSelectionDragStop={onDrop}
        {...wiring}
        onReconnect={editor ? () => {} : undefined}
        onMoveStart={() => section.current?.toggleAttribute("data-moving", true)}
        onMoveEnd={(_, viewport) => {
          section.current?.toggleAttribute("data-moving", false);
          const stage = theStage();
          if (stage?.flow === flow) keepView(flow, viewport, seesWhole(stage.instance, stage.element.getBoundingClientRect()));
        }}
        onPaneClick={(event) => {
          if (editor && (event.ctrlKey || event.metaKey)) quickAdd({ x: event.clientX, y: event.clientY });
        }}
        onDoubleClick={(event) => {
          const pane = (event.target as Element).classList.contains("react-flow__pane");
          if (editor && pane) quickAdd({ x: event.clientX, y: event.clientY });
        }}
        onNodeDoubleClick={openNode}
        onNodeContextMenu={(event, node) => menuAt(flow, event, node.type === "box" ? "node" : "mark", node.id)}
        onEdgeContextMenu={(event, edge) => menuAt(flow, event, "wire", edge.id)}
        onSelectionContextMenu={(event) => menuAt(flow, event, "node")}
        onPaneContextMenu={(event) => menuAt(flow, event as MouseEvent, "canvas")}
        nodesDraggable={editor}
        nodesConnectable={editor}
        edgesReconnectable={editor}
        snapToGrid
        snapGrid={SNAP}
        connectionRadius={28}
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={MULTI}
        zoomActivationKeyCode={ZOOM}
        deleteKeyCode={null}
        panOnScroll
        zoomOnDoubleClick={false}
        nodeDragThreshold={3}
        elevateNodesOnSelect={false}
        disableKeyboardA11y
        onlyRenderVisibleElements={nodes.length >= MANY}
        ariaLabelConfig={words}
      >
        <Dots />
        <Distance section={section} />
        <KeepSeen />
        <Overlays nodes={nodes} />
      </ReactFlow>
    </section>
  );
}

/** Says by one attribute from how far the flow is seen; the style sheet leaves out what could not be read. */
function Distance({ section }: { section: { readonly current: HTMLElement | null } }): ReactNode {
  const far = useStore(({ transform: [, , zoom] }) => FROM_AFAR.find(([below]) => zoom < below)?.[1] ?? null);
  useEffect(() => {
    if (far === null) section.current?.removeAttribute("data-far");
    else section.current?.setAttribute("data-far", far);
  }, [section, far]);
  return null;
}

/** A press on the canvas gives it the keys, also where nothing can have the focus. */
function takeFocus(target: Element, section: HTMLElement | null): void {
  if (!target.closest("button, input, textarea, .react-flow__node, .react-flow__edge")) section?.focus({ preventScroll: true });
}

function hasFocus(section: HTMLElement | null): boolean {
  const active = document.activeElement;
  return section?.contains(active) === true && !active?.matches("input, textarea");
}

/** What gets the focus by keyboard is what actions are done to. */
function selectFocused(flow: string, { target }: FocusEvent): void {
  if (!(target instanceof Element) || !target.matches(":focus-visible")) return;
  const id = target.getAttribute("data-id");
  const selection = useView.getState().selections[flow];
  if (id === null) return;
  if (target.matches(".react-flow__edge")) {
    if (!selection?.wires.includes(id)) useView.getState().select(flow, { wires: [id] });
  } else if (target.matches(".react-flow__node") && !selection?.nodes.includes(id) && !selection?.marks.includes(id))
    useView.getState().select(flow, id.startsWith("$") ? { marks: [id] } : { nodes: [id] });
}

/** Settings; with Alt the subflow that the node stands for. */
function openNode(event: MouseEvent, node: Drawn): void {
  if (node.type === "box" && event.altKey) openSubflow();
  else if (node.type !== "sticky") canvasActions.find(({ id }) => id === "canvas.settings")?.run();
}

function menuAt(flow: string, event: MouseEvent, of: "node" | "wire" | "mark" | "canvas", id = ""): void {
  event.preventDefault();
  const selection = useView.getState().selections[flow];
  const kind = of === "node" ? "nodes" : of === "wire" ? "wires" : "marks";
  if (id !== "" && !selection?.[kind].includes(id)) useView.getState().select(flow, { [kind]: [id] });
  open({ kind: "menu", flow, of, screen: { x: event.clientX, y: event.clientY } });
}
