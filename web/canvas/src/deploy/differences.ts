/** What differs between two contents, asked of the server: flows, or the shared connections written as their file is. */
import { post } from "../api/client";
import type { FlowDiff } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { CONNECTIONS, sharedDoc } from "../shell/loading";
import { useProject } from "../store/project";

/** null: it is not there. Raises ApiError where the form of one is broken. */
export function difference(old: FlowDoc | null, fresh: FlowDoc | null): Promise<FlowDiff> {
  return post<FlowDiff>("/api/diff", { old: named(old), new: named(fresh) });
}

/** The file of the shared connections states no name, and a flow must have one. */
function named(doc: FlowDoc | null): FlowDoc | null {
  return doc === null ? null : { name: "connections", ...doc };
}

/** What runs of a flow, or of connections.json. */
export function deployedDoc(flow: string): FlowDoc | null {
  const { deployed } = useProject.getState();
  return flow === CONNECTIONS ? sharedDoc(deployed.connections) : (deployed.flows[flow] ?? null);
}

/** What is being edited of a flow, or of connections.json. */
export function editedDoc(flow: string, { flows, connections } = useProject.getState()): FlowDoc | null {
  return flow === CONNECTIONS ? sharedDoc(connections) : (flows[flow] ?? null);
}
