import type { ReactNode } from "react";
import type { Level } from "../words";

/** How a node is, by shape; the word stands in its name, the colour only helps. */
export function StatusShape({ level }: { level: Level }): ReactNode {
  return (
    <svg className={`node-status node-status-${level}`} width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      {SHAPES[level]}
    </svg>
  );
}

const SHAPES: Record<Level, ReactNode> = {
  ok: <circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  busy: <circle cx="6" cy="6" r="4.2" fill="currentColor" />,
  warning: <path d="M6 1.2 11.4 11H.6z" fill="currentColor" />,
  error: <path d="M6 .4 11.6 6 6 11.6.4 6z" fill="currentColor" />,
  off: <rect x="2" y="2" width="8" height="8" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  new: <path d="M6 2v8M2 6h8" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  disabled: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2 2" />,
  unknown: (
    <text x="6" y="10" textAnchor="middle" fontSize="11" fontWeight="700" fill="currentColor">
      ?
    </text>
  ),
};
