/** Put the draft live, and say what came of it. The history stays: undo works across a deploy. */
import { post } from "../api/client";
import type { ChangeDetail, Conflict, DeployPreview, DeployRequest, DeployResult } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { CONNECTIONS, holdRefresh, sharedDoc } from "../shell/loading";
import { useFolder } from "../store/folder";
import { type Connections, useProject } from "../store/project";
import { t } from "../text";
import { notify } from "../ui/notices";

export function preview(request: DeployRequest): Promise<DeployPreview> {
  return post<DeployPreview>("/api/deploys/preview", request);
}

/** Deploy; raises ApiError: 409 someone was faster, 422 problems, 502 it did not start and the old one runs on. */
export async function deploy(request: DeployRequest): Promise<DeployResult> {
  const under = post<DeployResult>("/api/deploys", request);
  let done = (): void => {};
  holdRefresh(new Promise<void>((resolve) => (done = resolve)));
  try {
    const result = await under;
    arrived(request, result);
    return result;
  } finally {
    done();
  }
}

/** Ask for the two yeses in place of a deploy; returns the number of the change. Raises ApiError like a deploy. */
export async function askForYeses(request: DeployRequest): Promise<number> {
  const { change } = await post<ChangeDetail>("/api/changes", { deploy: request, message: request.message });
  return change.id;
}

/** What was sent is what runs now, whatever has been edited since. */
function arrived(request: DeployRequest, result: DeployResult): void {
  const project = useProject.getState();
  const flows = { ...project.deployed.flows };
  const bases = { ...project.bases };
  const { begun, overwrite, overtaken } = useFolder.getState();
  const [begins, writes, overs] = [{ ...begun }, { ...overwrite }, { ...overtaken }];
  for (const [flow, { flow: sent }] of Object.entries(request.flows ?? {})) {
    delete writes[flow];
    delete overs[flow];
    if (sent === null) {
      delete flows[flow];
      delete bases[flow];
      delete begins[flow];
    } else {
      flows[flow] = begins[flow] = sent as unknown as FlowDoc;
      bases[flow] = result.revisions[flow] ?? bases[flow] ?? "";
    }
  }
  const connections = request.connections == null ? project.deployed.connections : (request.connections.connections as Connections);
  if (request.connections != null) {
    begins[CONNECTIONS] = sharedDoc(connections);
    bases[CONNECTIONS] = result.revisions[CONNECTIONS] ?? bases[CONNECTIONS] ?? "";
  }
  useFolder.setState({ begun: begins, overwrite: writes, overtaken: overs });
  useProject.setState({ deployed: { flows, connections }, bases });
  tell(result);
}

function tell({ commit, restarted, kept, warnings }: DeployResult): void {
  const anew = Object.values(restarted).reduce((sum, nodes) => sum + nodes.length, 0);
  const on = Object.values(kept).reduce((sum, count) => sum + count, 0);
  const words = { commit: commit.slice(0, 8), count: anew, on };
  notify("good", t(commit === "" ? "deploy.done" : "deploy.done-commit", words));
  for (const warning of warnings) notify("warning", warning);
}

/** Having seen what someone else put there: our edit goes on top of it. */
export function onTopOf(conflicts: readonly Conflict[]): void {
  const { bases } = useProject.getState();
  const { overwrite } = useFolder.getState();
  const [next, writes] = [{ ...bases }, { ...overwrite }];
  for (const { flow, revision } of conflicts) {
    next[flow] = revision;
    if (writes[flow] !== undefined) writes[flow] = revision;
  }
  useProject.setState({ bases: next });
  useFolder.setState({ overwrite: writes });
}
