import type { ReactNode } from "react";

/** Paths on a grid of 24, drawn as strokes of 2. */
const PATHS = {
  source: "M3 12h11M10 7l5 5-5 5M19 5v14",
  transform: "M4 7h10a4 4 0 0 1 0 8H8M11 12l-3 3 3 3M20 4v16",
  actuator: "M5 5v14M9 12h11M16 8l4 4-4 4",
  connection: "M8 12h8M6 8a4 4 0 1 0 0 8M18 8a4 4 0 1 1 0 8",
  subflow: "M4 5h6v5H4zM14 14h6v5h-6zM7 10v6h7",
  debug: "M4 6h16M4 12h10M4 18h13",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M16 16l4 4",
  undo: "M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3",
  redo: "M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h3",
  deploy: "M12 4v11M7 10l5 5 5-5M5 20h14",
  home: "M4 11l8-7 8 7M6 10v10h12V10M10 20v-6h4v6",
  users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20a6 6 0 0 1 12 0M16 4a3.5 3.5 0 0 1 0 7M17 14a6 6 0 0 1 4 6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  diff: "M8 4v8M4 8h8M4 18h8M16 4v16",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M5 20a7 7 0 0 1 14 0",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  error: "M12 3l9 9-9 9-9-9zM12 8v5M12 16h.01",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v6M12 7h.01",
  check: "M5 13l5 5L20 6",
  play: "M7 5l12 7-12 7z",
  pause: "M8 5v14M16 5v14",
  stop: "M6 6h12v12H6z",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  copy: "M8 8h11v12H8zM5 16V4h11",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  history: "M4 12a8 8 0 1 0 3-6L4 8M4 4v4h4M12 8v5l3 2",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  outline: "M5 5h14M9 10h10M9 15h10M13 20h6",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  zoomIn: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M16 16l4 4M11 8v6M8 11h6",
  zoomOut: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M16 16l4 4M8 11h6",
  layout: "M4 4h6v6H4zM14 14h6v6h-6zM10 7h4v10",
  group: "M4 4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 8V4M9 9h6v6H9z",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5",
  align: "M4 4v16M8 7h10v3H8zM8 14h6v3H8z",
  eye: "M3 12s3-6 9-6 9 6 9 6-3 6-9 6-9-6-9-6M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  trace: "M5 6a1 1 0 1 0 0 .01M5 7v4a3 3 0 0 0 3 3h8a3 3 0 0 1 3 3M19 18a1 1 0 1 0 0 .01",
  import: "M12 15V4M7 9l5-5 5 5M5 20h14",
  export: "M12 4v11M7 10l5 5 5-5M5 20h14",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v2M12 19v2M3 12h2M19 12h2M6 6l1 1M17 17l1 1M18 6l-1 1M7 17l-1 1",
  moon: "M20 14A8 8 0 1 1 10 4a6 6 0 0 0 10 10",
  disable: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M6 6l12 12",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l2 2H4zM10 21h4",
  down: "M6 9l6 6 6-6",
  right: "M9 6l6 6-6 6",
  left: "M15 6l-6 6 6 6",
  up: "M6 15l6-6 6 6",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 1 1 6 0v3",
  chart: "M4 4v16h16M7 15l4-5 3 3 5-7",
  link: "M10 14l4-4M8 12l-2 2a3 3 0 1 0 4 4l2-2M16 12l2-2a3 3 0 1 0-4-4l-2 2",
} as const;

export type IconName = keyof typeof PATHS;

/** Drawn full: the outline of a square is a box to tick. */
const FULL: ReadonlySet<IconName> = new Set(["play", "stop"]);

/** A picture beside a word, or in a button that has a name: never the only thing that says something. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactNode {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={FULL.has(name) ? "currentColor" : "none"} stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
