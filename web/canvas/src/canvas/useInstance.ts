/** How an instance of a subflow is, and what passes its wires: from the nodes inside, which are what runs. */
import { useEffect, useState } from "react";
import type { NodeLive, WireLive } from "../api/types";
import { nodesInside, wireInside } from "../live/values";

/** Nobody tells of a whole instance, so it is looked at once a second. */
const PAUSE = 1000;
const BAD: NodeLive["level"][] = ["error", "warning"];

/** The instance as the worst of its nodes. */
export function useInstance(flow: string, node: string, instance: boolean): NodeLive | undefined {
  return useLook(instance, () => worstOf(nodesInside(flow, node)), `${flow}/${node}`);
}

/** A wire from or to an instance. */
export function useInnerWire(flow: string, key: string, inner: boolean): WireLive | undefined {
  return useLook(inner, () => wireInside(flow, key), `${flow}/${key}`);
}

function useLook<T>(wanted: boolean, look: () => T, key: string): T | undefined {
  const [seen, setSeen] = useState<T | undefined>();
  useEffect(() => {
    if (!wanted) return;
    const again = (): void => setSeen(look);
    again();
    const timer = setInterval(again, PAUSE);
    return () => clearInterval(timer);
  }, [wanted, key]); // oxlint-disable-line react-hooks/exhaustive-deps -- `key` says what is looked at
  return wanted ? seen : undefined;
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
