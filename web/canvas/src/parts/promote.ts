import type { FlowDoc } from "../model/flow";
import { setOptions } from "../model/edit/nodes";
import { loadFlow } from "../shell/loading";
import { useProject } from "../store/project";
import { t } from "../text";
import { notify } from "../ui/notices";
import { jump } from "./jump";

/** Let the challenger of a node take over in the draft of its flow: it counts when that is deployed, as any change. */
export async function promote(flow: string, node: string): Promise<void> {
  if (!(await loadFlow(flow))) return;
  const before = useProject.getState().flows[flow];
  useProject.getState().edit(t("models.promoted", { node }), flow, (doc) => promoted(doc, node));
  const changed = useProject.getState().flows[flow] !== before;
  jump(flow, node);
  notify(changed ? "good" : "info", t(changed ? "models.deploy-it" : "models.no-challenger", { node }));
}

/** As `flowengine models promote` does it: the version's name goes, since it was that of the other one. */
export function promoted(doc: FlowDoc, node: string): FlowDoc {
  const { challenger, challenger_sha256: sha256, version: _, ...rest } = doc.nodes[node]?.options ?? {};
  return challenger ? setOptions(doc, node, { ...rest, file: challenger, sha256: sha256 ?? "" }) : doc;
}
