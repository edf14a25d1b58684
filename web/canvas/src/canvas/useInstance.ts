/** How an instance of a subflow is: as the worst of the nodes inside it. */
import { useEffect, useState } from "react";
import type { NodeLive } from "../api/types";
import { nodesInside } from "../live/values";

/** Nobody tells of a whole instance, so it is looked at once a second. */
const PAUSE = 1000;
const BAD: NodeLive["level"][] = ["error", "warning"];

export function useInstance(flow: string, node: string, instance: boolean): NodeLive | undefined {
  const [worst, setWorst] = useState<NodeLive | undefined>();
  useEffect(() => {
    if (!instance) return;
    const look = (): void => setWorst(worstOf(nodesInside(flow, node)));
    look();
    const timer = setInterval(look, PAUSE);
    return () => clearInterval(timer);
  }, [flow, node, instance]);
  return worst;
}

function worstOf(all: readonly NodeLive[]): NodeLive | undefined {
  for (const level of BAD) {
    const found = all.find((live) => live.level === level);
    if (found !== undefined) return { ...found, time: 0 };
  }
  const active = all.find(({ rate }) => rate > 0) ?? all[0];
  // Its own value is not that of some node inside.
  return active && { ...active, level: "ok", text: "", time: 0 };
}
