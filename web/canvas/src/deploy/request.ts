/** What a deploy sends: the flows that changed, each with the revision that its edit began with. */
import type { DeployItem, DeployRequest } from "../api/types";
import { changedFlows, connectionsChanged, type ProjectState, useProject } from "../store/project";
import { useFolder } from "../store/folder";
import type { FlowDoc } from "../model/flow";
import { remembered } from "../model/same";
import { countOf, marksOf } from "./marks";

export type Mode = NonNullable<DeployRequest["mode"]>;

/** Everything that waits to be deployed: changed flows, and files that are to be overwritten. */
export function waiting(project: ProjectState = useProject.getState(), overwrite = useFolder.getState().overwrite): string[] {
  const settled = Object.keys(overwrite).filter((flow) => project.flows[flow] !== undefined);
  return [...new Set([...changedFlows(project), ...settled])].sort();
}

/** How many places differ from what runs: nodes and wires, or a flow as a whole. */
export function changeCount(project: ProjectState): number {
  let count = connectionsChanged(project) ? 1 : 0;
  for (const flow of changedFlows(project)) {
    const [doc, before] = [project.flows[flow], project.deployed.flows[flow]];
    count += doc === undefined || before === undefined ? 1 : Math.max(1, difference(doc, before));
  }
  return count;
}

const difference = remembered((doc: FlowDoc, before: FlowDoc) => countOf(marksOf(doc, before)));

/** The body of a deploy of some flows. The shared connections go along when they changed. */
export function requestFor(flows: readonly string[], mode: Mode, message: string): DeployRequest {
  const project = useProject.getState();
  const { overwrite } = useFolder.getState();
  const items: Record<string, DeployItem> = {};
  for (const flow of flows) {
    const doc = project.flows[flow] ?? null;
    items[flow] = { base: overwrite[flow] ?? project.bases[flow] ?? "", flow: doc as Record<string, unknown> | null };
  }
  const connections = connectionsChanged(project) ? { base: project.bases["connections.json"] ?? "", connections: project.connections as Record<string, unknown> } : null;
  return { flows: items, connections, mode, message };
}
