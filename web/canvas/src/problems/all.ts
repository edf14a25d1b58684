/** All problems of all drafts, in the order in which they are read: flow by flow, errors first. */
import type { FlowSummary, Problem } from "../api/types";
import type { FlowDoc } from "../model/flow";
import type { Check } from "../store/checks";

export interface FlowProblems {
  flow: string;
  problems: Problem[];
  /** What the server counted in a flow that has not been opened here. */
  unread: number;
}

type Checks = Readonly<Record<string, Check>>;
type Flows = Readonly<Record<string, FlowDoc>>;

/** Problems of the flows that are open, and how many there are in the others. */
export function problemsByFlow(checks: Checks, flows: Flows, others: readonly FlowSummary[] = []): FlowProblems[] {
  const found: FlowProblems[] = [];
  for (const flow of Object.keys(flows).sort()) {
    const problems = [...(checks[flow]?.problems ?? [])].sort((a, b) => rank(a) - rank(b));
    if (problems.length > 0) found.push({ flow, problems, unread: 0 });
  }
  for (const { name, errors, warnings } of others)
    if (flows[name] === undefined && errors + warnings > 0) found.push({ flow: name, problems: [], unread: errors + warnings });
  return found;
}

export function problemCount(checks: Checks, flows: Flows): { errors: number; warnings: number } {
  let [errors, warnings] = [0, 0];
  for (const flow of Object.keys(flows))
    for (const { severity } of checks[flow]?.problems ?? [])
      if (severity === "error") errors++;
      else warnings++;
  return { errors, warnings };
}

function rank({ severity }: Problem): number {
  return severity === "error" ? 0 : 1;
}
