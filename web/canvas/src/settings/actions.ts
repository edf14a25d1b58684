/** Actions of this room. */
import type { Action } from "../actions/registry";
import { useProject } from "../store/project";
import { useView } from "../store/view";

export const settingsActions: Action[] = [
  {
    id: "settings.connections",
    label: "settings.action.connections",
    can: () => useProject.getState().active !== null,
    run: () => useView.getState().openDialog("connections"),
  },
];
