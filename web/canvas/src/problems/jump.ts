/** From a problem to its place: the flow, the node, the settings. */
import type { Problem } from "../api/types";
import { goTo } from "../canvas/stage";
import { useChecks } from "../store/checks";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { t } from "../text";
import { spoken } from "../text/spoken";
import { announce, notify } from "../ui/notices";
import { problemsByFlow } from "./all";

const SETTINGS = /^\$\.nodes\b/;
const WIRE = /^\$\.wires\[(\d+)\]/;

/** Show where a problem is; the drawer shows the settings of its node. */
export function jumpToProblem({ flow, node, path }: Problem): void {
  const project = useProject.getState();
  if (flow === "" || (project.flows[flow] === undefined && project.deployed.flows[flow] === undefined)) return;
  const view = useView.getState();
  project.show(flow);
  view.closeDialog();
  const outer = node.split("/")[0] ?? "";
  const wire = project.flows[flow]?.wires[Number(WIRE.exec(path)?.[1] ?? -1)];
  if (wire !== undefined) view.select(flow, { wires: [`${wire.from}>${wire.to}`] });
  else if (outer !== "") {
    goTo(flow, outer, false);
    view.find(flow, outer);
    if (SETTINGS.test(path)) view.openDrawer("settings");
  } else view.select(flow, {});
}

let last = "";

/** Go to the next problem, or the one before; the problems of the flow in front come first. */
export function nextProblem(way: 1 | -1): void {
  const { flows, active } = useProject.getState();
  const all = problemsByFlow(useChecks.getState().checks, flows)
    .sort((a, b) => Number(b.flow === active) - Number(a.flow === active))
    .flatMap(({ problems }) => problems);
  if (all.length === 0) {
    notify("good", t("problems.none"));
    return;
  }
  const now = all.findIndex((problem) => keyOf(problem) === last);
  const next = all[(now + way + all.length) % all.length] ?? all[0];
  if (next === undefined) return;
  last = keyOf(next);
  jumpToProblem(next);
  announce(spoken(next.message));
}

export function keyOf({ flow, code, path, message }: Problem): string {
  return `${flow} ${code} ${path} ${message}`;
}
