import { useProject } from "../store/project";
import { useView } from "../store/view";

/** Close the list and show a node; of one inside a subflow the node that stands for it. */
export function jump(flow: string, node: string): void {
  useProject.getState().show(flow);
  const [outer = node] = node.split("/");
  useView.getState().select(flow, { nodes: [outer] });
  useView.getState().find(flow, outer);
  useView.getState().closeDialog();
}
