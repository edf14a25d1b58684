import type { ReactNode } from "react";
import type { FlowSummary } from "../../api/types";
import { useText } from "../../text";
import "./tabs.css";

export type State = FlowSummary["state"] | "new" | "going";

const SHAPES: Record<State, ReactNode> = {
  running: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />,
  stopped: <rect x="2" y="2" width="8" height="8" fill="none" stroke="currentColor" strokeWidth="2" />,
  disabled: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.4 1.8" />,
  failed: <path d="M6 0l6 6-6 6-6-6z" fill="currentColor" />,
  broken: <path d="M6 0l6 6-6 6-6-6z" fill="currentColor" />,
  subflow: <path d="M1 2h5v4H1zM7 7h4v4H7z" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  new: <path d="M6 1v10M1 6h10" fill="none" stroke="currentColor" strokeWidth="2" />,
  going: <path d="M1 6h10" fill="none" stroke="currentColor" strokeWidth="2" />,
};

/** How a flow is, by shape and colour; the word stands beside it, or in the name of what carries it. */
export function StateShape({ state }: { state: State }): ReactNode {
  return (
    <svg className={`shell-state shell-state-${state}`} width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

export function StateWord({ state }: { state: State }): ReactNode {
  const t = useText();
  return (
    <span className={`shell-state-word shell-state-${state}`}>
      <StateShape state={state} />
      {t(`shell.state-${state}`)}
    </span>
  );
}

/** The state of a flow with what this page knows: a new one is not at the server, a removed one is there until the deploy. */
export function stateOf(summary: FlowSummary | undefined, here: boolean, gone: boolean): State {
  if (gone) return "going";
  if (summary === undefined) return here ? "new" : "stopped";
  return summary.state;
}
