/** Who else has a flow open to edit: set by whoever fetches the project. */
import type { Project } from "../api/types";

let editors = new Map<string, readonly string[]>();
const listeners = new Set<() => void>();

export function presenceIs(project: Pick<Project, "flows">): void {
  editors = new Map(project.flows.map((flow) => [flow.name, flow.editors]));
  for (const heard of listeners) heard();
}

export function editorsOf(flow: string): readonly string[] {
  return editors.get(flow) ?? [];
}

export function onPresence(heard: () => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
}
