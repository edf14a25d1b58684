/** Actions of the live room. */
import type { Action } from "../actions/registry";
import { useProject } from "../store/project";
import { may } from "../store/session";
import { selectionOf, useView } from "../store/view";
import { notify } from "../ui/notices";
import { jumpTo } from "./AlarmBanner";
import { acknowledge, unacknowledged, useFaults } from "./faults";
import { reason } from "./inject";

/** The one node that is selected in the flow in front. */
function selected(): { flow: string; node: string } | null {
  const flow = useProject.getState().active;
  const { nodes } = selectionOf(flow);
  const node = nodes[0];
  return flow === null || nodes.length !== 1 || node === undefined ? null : { flow, node };
}

/** Whether the running flow has the selected node; a draft's new node cannot take a message. */
function runs(): boolean {
  const found = selected();
  return found !== null && useProject.getState().deployed.flows[found.flow]?.nodes[found.node] !== undefined;
}

export const liveActions: Action[] = [
  { id: "live.faults", label: "live.action-faults", run: () => useView.getState().openDialog("faults") },
  {
    id: "live.next-fault",
    label: "live.action-next-fault",
    run: () => {
      const fault = useFaults.getState().faults[0];
      if (fault !== undefined) jumpTo(fault);
    },
  },
  {
    id: "live.acknowledge",
    label: "live.acknowledge-all",
    role: "operator",
    anyFlow: true,
    run: () => {
      const waiting = unacknowledged(useFaults.getState().faults).filter(({ flow }) => may("operator", flow));
      if (waiting.length > 0) void acknowledge(waiting).catch((error: unknown) => notify("error", reason(error)));
    },
  },
  { id: "live.dead-letters", label: "live.letters-title", run: () => useView.getState().openDialog("dead-letters", {}) },
  {
    id: "live.send",
    label: "live.action-send",
    role: "editor",
    can: runs,
    run: () => useView.getState().openDialog("send", selected()),
  },
];
