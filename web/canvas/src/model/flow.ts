/** A flow as its file says it: the document that the canvas edits. Values are immutable; an edit makes a new one. */

export interface FlowDoc {
  $schema?: string;
  flowengine: 1;
  name?: string;
  note?: string;
  disabled?: boolean;
  delivery?: "at-most-once" | "at-least-once" | "effectively-once";
  limits?: Limits;
  subflow?: Interface;
  /** Hosts that its nodes may reach; empty: none, left out: any that its author writes down. */
  outgoing?: string[];
  environment?: Record<string, string>;
  connections?: Record<string, ConnectionSpec>;
  nodes: Record<string, NodeSpec>;
  wires: WireSpec[];
  /** `node: [x, y]`, `$group:<name>: Group`, `$note:<id>: StickyNote`. */
  layout?: Record<string, unknown>;
}

/** What the process of a flow may take: MB, cores, seconds of silence; what is not there is the engine's to say. */
export interface Limits {
  memory?: number;
  cpu?: number;
  hang?: number;
}

export interface NodeSpec {
  type: string;
  options?: Record<string, unknown>;
  disabled?: boolean;
  note?: string;
}

export interface ConnectionSpec {
  type: string;
  options?: Record<string, unknown>;
  note?: string;
}

/** `from` and `to` are `node` or `node.port`; without a port the first one is meant. */
export interface WireSpec {
  from: string;
  to: string;
  feedback?: { initial: unknown };
  queue?: Queue;
  disabled?: boolean;
}

/** The bounded queue of a wire; the last three are about what spills to disk, and about age. */
export interface Queue {
  size?: number;
  full?: "block" | "drop-oldest" | "drop-newest" | "spill";
  spill_size?: number;
  spill_full?: "block" | "drop-oldest" | "drop-newest" | "dead-letter";
  max_age?: number | null;
}

/** What makes a flow usable as a node (`flow/<name>`) in other flows. */
export interface Interface {
  parameters?: Record<string, Record<string, unknown>>;
  inputs?: Record<string, string[]>;
  outputs?: Record<string, string[]>;
}

export interface Group {
  nodes: string[];
  colour?: string;
}

export interface StickyNote {
  at: [number, number];
  size: [number, number];
  text: string;
}

export const GROUP = "$group:";
export const NOTE = "$note:";
export const SUBFLOW = "flow/";
export const ERROR_PORT = "error";

export interface End {
  node: string;
  /** Empty: the first port. */
  port: string;
}

export function end(text: string): End {
  const dot = text.indexOf(".");
  return dot < 0 ? { node: text, port: "" } : { node: text.slice(0, dot), port: text.slice(dot + 1) };
}
