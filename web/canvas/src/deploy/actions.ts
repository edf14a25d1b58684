/** Actions of this room. */
import type { Action } from "../actions/registry";
import { connectionsChanged, useProject } from "../store/project";
import { useView } from "../store/view";
import { takeTheirs } from "./theirs";
import { waiting } from "./request";

const anything = (): boolean => waiting().length > 0 || connectionsChanged(useProject.getState());
const front = (): string => useProject.getState().active ?? "";

export const deployActions: Action[] = [
  { id: "deploy.open", label: "deploy.action-deploy", keys: ["mod+d"], where: "canvas", role: "editor", anyFlow: true, can: anything, run: () => useView.getState().openDialog("deploy") },
  { id: "deploy.marks", label: "deploy.action-marks", keys: ["mod+alt+d"], where: "canvas", can: () => front() !== "", run: () => useView.getState().setDiff(!useView.getState().diff) },
  {
    id: "deploy.revert",
    label: "deploy.action-revert",
    role: "editor",
    can: () => waiting().includes(front()) && useProject.getState().deployed.flows[front()] !== undefined,
    run: () => void takeTheirs(front()),
  },
];
