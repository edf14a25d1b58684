/** What the server says of each draft: problems, and the ports of every node with its options. It is the authority. */
import { create } from "zustand";
import { post } from "../api/client";
import type { CheckResult, Ports, Problem } from "../api/types";
import { useProject } from "./project";

export interface Check {
  problems: Problem[];
  ports: Record<string, Ports>;
}

interface ChecksState {
  /** Flow -> the newest result; it may be a moment behind the draft. */
  checks: Record<string, Check>;
  set(flow: string, check: Check): void;
}

export const useChecks = create<ChecksState>()((set, get) => ({
  checks: {},
  set: (flow, check) => set({ checks: { ...get().checks, [flow]: check } }),
}));

const PAUSE = 250;
const waiting = new Map<string, number>();
const asked = new Map<string, number>();

/** Check a flow a moment after its last change. */
export function checkSoon(flow: string): void {
  clearTimeout(waiting.get(flow));
  waiting.set(
    flow,
    window.setTimeout(() => void check(flow), PAUSE),
  );
}

async function check(flow: string): Promise<void> {
  const { flows, connections, deployed } = useProject.getState();
  const doc = flows[flow];
  if (doc === undefined) return;
  // A subflow that is being edited, or was just made, stands for the one that the server knows.
  const drafts = Object.fromEntries(Object.entries(flows).filter(([name, other]) => other.subflow !== undefined && other !== deployed.flows[name]));
  const number = (asked.get(flow) ?? 0) + 1;
  asked.set(flow, number);
  try {
    const result = await post<CheckResult>("/api/check", { name: flow, flow: doc, connections, drafts });
    if (asked.get(flow) === number) useChecks.getState().set(flow, result);
  } catch {
    // Out of reach or refused: the last result stays, the status bar shows the lost connection.
  }
}
