/** Making a subflow: fetched with the dialog that asks for its name. */
import { makeSubflow } from "../../model/edit/subflow";
import type { FlowDoc } from "../../model/flow";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { t } from "../../text";
import { announce } from "../../ui/notices";
import { knowledgeOf } from "../knowledge";
import { goTo } from "../stage";

/** Make a new flow of the selected nodes and put it in their place: one step of the history. */
export function subflowOfSelected(flow: string, name: string): void {
  const { selections } = useView.getState();
  const nodes = selections[flow]?.nodes ?? [];
  let instance = "";
  useProject.getState().commit(t("step.subflow", { name }), flow, (content) => {
    const doc = content.flows[flow] as FlowDoc;
    const made = makeSubflow(doc, nodes, name, knowledgeOf(flow));
    if (made === null) return content;
    instance = made.instance;
    return { ...content, flows: { ...content.flows, [flow]: made.outer, [name]: made.inner } };
  });
  announce(t("canvas.done.subflow", { name }));
  if (instance !== "") goTo(flow, instance);
}
