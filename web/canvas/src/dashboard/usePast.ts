/** How far back a chart shows, which this browser remembers, and what the archives of its flow have of that. */
import { useEffect, useState } from "react";
import type { Series, Widget } from "../api/types";
import { ask, type Names, POINTS, SPANS, topicsOf } from "./past";
import type { ChartShown } from "./trend";

const KEPT = "flowengine-chart-spans";
/** Milliseconds between two looks at what has been kept meanwhile, at least. */
const PAUSE = 60_000;

export interface Past {
  /** Whether an archive of the flow has one of the lines. */
  there: boolean;
  /** Seconds; 0: only what the flow remembers. */
  span: number;
  choose: (span: number) => void;
  /** null: it is being asked for. */
  series: readonly Series[] | null;
  /** Why it cannot be shown. */
  problem: string;
}

export function usePast(widget: Widget, shown: ChartShown | null, names: Names): Past {
  const key = `${widget.flow}/${widget.node}`;
  const topics = topicsOf(shown, names).join("\n");
  const [there, setThere] = useState(false);
  const [span, setSpan] = useState(() => spans()[key] ?? 0);
  const [series, setSeries] = useState<readonly Series[] | null>(null);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (there || topics === "") return;
    return again(PAUSE, async (over) => {
      const found = await ask(widget.flow, topics.split("\n"), 0).catch(() => null);
      if (!over() && (found === null || found.some(({ archive }) => archive !== ""))) setThere(true); // why not is said when it is asked for
    });
  }, [widget.flow, topics, there]);

  useEffect(() => {
    if (!there || span === 0) return;
    return again(Math.max(PAUSE, (span / POINTS) * 1000), async (over) => {
      try {
        const found = await ask(widget.flow, topics.split("\n"), span);
        if (over()) return;
        setSeries(found);
        setProblem("");
      } catch (error) {
        if (!over()) setProblem(error instanceof Error ? error.message : String(error));
      }
    });
  }, [widget.flow, topics, there, span]);

  const choose = (chosen: number): void => {
    setSpan(chosen);
    setSeries(null);
    setProblem("");
    keep(key, chosen);
  };
  return { there, span: there ? span : 0, choose, series, problem };
}

/** Do something now and again and again, until what is returned is called. */
function again(pause: number, work: (over: () => boolean) => Promise<void>): () => void {
  let ended = false;
  const over = (): boolean => ended;
  void work(over);
  const timer = setInterval(() => {
    if (!document.hidden) void work(over);
  }, pause);
  return () => {
    ended = true;
    clearInterval(timer);
  };
}

function spans(): Record<string, number> {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, number>;
    return Object.fromEntries(Object.entries(kept).filter(([, span]) => SPANS.includes(span)));
  } catch {
    return {};
  }
}

function keep(key: string, span: number): void {
  try {
    const { [key]: _, ...others } = spans();
    localStorage.setItem(KEPT, JSON.stringify(span === 0 ? others : { ...others, [key]: span }));
  } catch {
    return; // a browser that keeps nothing
  }
}
