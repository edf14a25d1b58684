/** The flow in front as React Flow wants it, drawn again only where something changed. */
import { useMemo, useRef } from "react";
import { marksOf, NO_MARKS } from "../deploy/marks";
import type { FlowDoc } from "../model/flow";
import { useChecks } from "../store/checks";
import { useProject } from "../store/project";
import { NOTHING, useView } from "../store/view";
import { type Drawing, Draughtsman, type Drawn } from "./drawing";
import { useKnowledge } from "./knowledge";
import { drawingWords } from "./words";
import type { Spot } from "../model/layout";

/** What is being dragged or sized now: shown, but not yet in the flow. */
export interface Underway {
  places: ReadonlyMap<string, Spot>;
  sizes: ReadonlyMap<string, Spot>;
}

export const NOT_UNDERWAY: Underway = { places: new Map(), sizes: new Map() };

const NO_PROBLEMS: never[] = [];

export function useDrawing(flow: string, doc: FlowDoc, underway: Underway): Drawing {
  const known = useKnowledge(flow);
  const selection = useView((state) => state.selections[flow] ?? NOTHING);
  const diff = useView((state) => state.diff);
  const language = useView((state) => state.language);
  const deployed = useProject((state) => state.deployed.flows[flow] ?? null);
  const problems = useChecks((state) => state.checks[flow]?.problems ?? NO_PROBLEMS);
  const marks = useMemo(() => (doc === deployed ? NO_MARKS : marksOf(doc, deployed)), [doc, deployed]);
  const words = useMemo(() => drawingWords(), [language]); // oxlint-disable-line react-hooks/exhaustive-deps -- the words are the language's
  const hand = useRef<Draughtsman>(null);
  hand.current ??= new Draughtsman();
  const draughtsman = hand.current;
  const still = useMemo(
    () => draughtsman.draw({ flow, doc, known, selection, marks, diff, problems }, words),
    [draughtsman, flow, doc, known, selection, marks, diff, problems, words],
  );
  return useMemo(() => moved(still, underway), [still, underway]);
}

function moved({ nodes, edges }: Drawing, { places, sizes }: Underway): Drawing {
  if (places.size === 0 && sizes.size === 0) return { nodes, edges };
  const now = nodes.map((node): Drawn => {
    const place = places.get(node.id);
    const size = sizes.get(node.id);
    if (place === undefined && size === undefined) return node;
    const [x, y] = place ?? [node.position.x, node.position.y];
    const [width, height] = size ?? [node.width ?? 0, node.height ?? 0];
    return { ...node, position: { x, y }, width, height, measured: { width, height } } as Drawn;
  });
  return { nodes: now, edges };
}
