/** What React Flow says was dragged, sized or selected, taken into the flow: one step of the history for one drag. */
import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useRef, useState } from "react";
import { setNote } from "../model/edit";
import { type FlowDoc, GROUP } from "../model/flow";
import { isGroup, type Spot, spots } from "../model/layout";
import { useProject } from "../store/project";
import { type Selection, selectionOf, useView } from "../store/view";
import { t } from "../text";
import { insertInto, isAlone } from "./deeds/add";
import { dropped } from "./deeds/arrange";
import type { Drawn, DrawnWire } from "./drawing";
import { FRAME } from "./drawnMarks";
import { NOT_UNDERWAY, type Underway } from "./useDrawing";
import { markWire, wireUnder } from "./wires/wireUnder";

export interface Changes {
  underway: Underway;
  onNodesChange(changes: NodeChange<Drawn>[]): void;
  onEdgesChange(changes: EdgeChange<DrawnWire>[]): void;
  onDrag(node: Drawn, all: readonly Drawn[]): void;
  onDrop(): void;
}

export function useChanges(flow: string): Changes {
  const [underway, setUnderway] = useState<Underway>(NOT_UNDERWAY);
  const now = useRef(underway);
  const show = useCallback((next: Underway): void => {
    now.current = next;
    setUnderway(next);
  }, []);
  const over = useRef<string | null>(null);
  return useMemo(() => {
    const docNow = (): FlowDoc | undefined => useProject.getState().flows[flow];
    return {
      underway,
      onNodesChange(changes) {
        select(flow, changes);
        const places = new Map(now.current.places);
        const sizes = new Map(now.current.sizes);
        let sized = "";
        for (const change of changes) {
          if (change.type === "position" && change.position) carry(docNow(), places, change.id, [change.position.x, change.position.y]);
          if (change.type === "dimensions" && change.dimensions && change.resizing !== undefined) {
            sizes.set(change.id, [Math.round(change.dimensions.width), Math.round(change.dimensions.height)]);
            if (!change.resizing) sized = change.id;
          }
        }
        if (places.size === 0 && sizes.size === 0) return;
        if (sized !== "") {
          const [size, at] = [sizes.get(sized), places.get(sized)];
          show(NOT_UNDERWAY);
          useProject.getState().edit(t("step.note"), flow, (doc) => setNote(doc, sized, { ...(size && { size }), ...(at && { at }) }));
        } else show({ places, sizes });
      },
      onEdgesChange: (changes) => select(flow, changes),
      onDrag(node, all) {
        const doc = docNow();
        const alone = doc !== undefined && all.length === 1 && Object.hasOwn(doc.nodes, node.id) && isAlone(doc, node.id);
        over.current = alone ? wireUnder(flow, doc, node) : null;
        markWire(over.current);
      },
      onDrop() {
        const { places } = now.current;
        const wire = over.current;
        over.current = null;
        markWire(null);
        show(NOT_UNDERWAY);
        if (places.size === 0) return;
        const [node = ""] = places.keys();
        const label = wire === null ? t("step.move", { count: places.size }) : t("step.insert", { node });
        useProject.getState().edit(label, flow, (doc) => {
          const still = dropped(doc, places);
          return wire === null ? still : insertInto(flow, wire, node, still);
        });
      },
    };
  }, [flow, underway, show]);
}

/** Move one thing; a group takes its nodes along. */
function carry(doc: FlowDoc | undefined, places: Map<string, Spot>, id: string, spot: Spot): void {
  const group = doc?.layout?.[id];
  if (doc !== undefined && id.startsWith(GROUP) && isGroup(group)) {
    const all = spots(doc);
    const inside = group.nodes.map((node) => all.get(node)).filter((one) => one !== undefined);
    const left = Math.min(...inside.map(([x]) => x)) - FRAME.side;
    const top = Math.min(...inside.map(([, y]) => y)) - FRAME.top;
    for (const node of group.nodes) {
      const before = all.get(node);
      if (before !== undefined) places.set(node, [before[0] + spot[0] - left, before[1] + spot[1] - top]);
    }
  }
  places.set(id, spot);
}

/** Take what was selected into the view's selection. */
function select(flow: string, changes: readonly (NodeChange<Drawn> | EdgeChange<DrawnWire>)[]): void {
  const chosen = changes.filter((change) => change.type === "select");
  if (chosen.length === 0) return;
  const before = selectionOf(flow);
  const sets = { nodes: new Set(before.nodes), wires: new Set(before.wires), marks: new Set(before.marks) };
  const doc = useProject.getState().flows[flow];
  for (const { id, selected } of chosen) {
    const kind = Object.hasOwn(doc?.nodes ?? {}, id) ? "nodes" : id.includes(">") ? "wires" : "marks";
    if (selected) sets[kind].add(id);
    else sets[kind].delete(id);
  }
  const next: Selection = { nodes: [...sets.nodes], wires: [...sets.wires], marks: [...sets.marks] };
  useView.getState().select(flow, next);
}
