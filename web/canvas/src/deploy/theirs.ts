/** Taking what someone else put there in place of our edit. Ours stays in the history: undo brings it back. */
import { get, part, post } from "../api/client";
import type { DeployResult, FlowDetail, Project } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { beganConnections, CONNECTIONS, refresh, settle } from "../shell/loading";
import { useFolder } from "../store/folder";
import { type Connections, useProject } from "../store/project";
import { t } from "../text";
import { notify } from "../ui/notices";

/** Put the deployed content of a flow (or of the shared connections) in place of our edit, as one step. */
export async function takeTheirs(flow: string): Promise<void> {
  if (flow === CONNECTIONS) {
    await takeConnections();
    return;
  }
  await refresh();
  const there = useFolder.getState().project?.flows.some(({ name }) => name === flow) ?? false;
  const detail = there ? await get<FlowDetail>(`/api/flows/${part(flow)}`) : null;
  const doc = (detail?.flow as unknown as FlowDoc | undefined) ?? null;
  const project = useProject.getState();
  project.commit(t("deploy.step-take", { flow }), flow, (content) => ({ ...content, flows: put(content.flows, flow, doc) }));
  useProject.getState().receive(flow, doc, detail?.summary.revision ?? "", true);
  settle(flow, detail?.summary.revision ?? "");
  if (doc === null) useProject.getState().closeTab(flow);
  notify("info", t("deploy.took", { flow }));
}

async function takeConnections(): Promise<void> {
  const { connections } = await get<Project>("/api/project");
  const taken = connections.connections as Connections;
  const project = useProject.getState();
  project.commit(t("deploy.step-take", { flow: CONNECTIONS }), project.active ?? "", (content) => ({ ...content, connections: taken }));
  useProject.getState().receiveConnections(taken, connections.revision);
  const { bases, deployed } = useProject.getState();
  useProject.setState({ bases: { ...bases, [CONNECTIONS]: connections.revision }, deployed: { ...deployed, connections: taken } });
  beganConnections(taken);
}

/** Run what the file on disk holds now. */
export async function takeDisk(flow: string): Promise<void> {
  await post<DeployResult>(`/api/flows/${part(flow)}/take`);
  await refresh();
}

function put(flows: Record<string, FlowDoc>, flow: string, doc: FlowDoc | null): Record<string, FlowDoc> {
  const { [flow]: _, ...rest } = flows;
  return doc === null ? rest : { ...flows, [flow]: doc };
}
