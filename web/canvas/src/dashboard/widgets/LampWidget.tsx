import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { useReading } from "./reading";
import "./lamp.css";

/** Shapes that can be told apart without colour. */
const SHAPES = {
  normal: <circle cx="12" cy="12" r="8" fill="none" strokeWidth="3" />,
  active: <circle cx="12" cy="12" r="9" />,
  warning: <path d="M12 2.5L22.5 21h-21z" />,
  alarm: <path d="M12 1l11 11-11 11L1 12z" />,
  off: <path d="M4 4h16v16H4z" fill="none" strokeWidth="3" />,
  unknown: (
    <>
      <circle cx="12" cy="12" r="9" fill="none" strokeWidth="2" strokeDasharray="4 3" />
      <text x="12" y="16.5" textAnchor="middle">
        ?
      </text>
    </>
  ),
};

/** A state by shape, word and, where something is wrong, colour. */
export function LampWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const reading = useReading(widget);
  const state = reading?.state ?? "unknown";
  return (
    <div className={`dash-lamp dash-lamp-${state}`}>
      <svg viewBox="0 0 24 24" aria-hidden="true" className="dash-lamp-shape" fill="currentColor" stroke="currentColor" strokeWidth="0">
        {SHAPES[state]}
      </svg>
      <p className="dash-lamp-word">{spoken(reading?.text ?? "") || t(`dashboard.state-${state}`)}</p>
    </div>
  );
}
