/** Actions of this room. */
import type { Action } from "../actions/registry";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { openSettings } from "./focus";

export const settingsActions: Action[] = [
  { id: "settings.open", label: "settings.action.open", keys: ["enter"], where: "canvas", run: openSettings },
  {
    id: "settings.connections",
    label: "settings.action.connections",
    can: () => useProject.getState().active !== null,
    run: () => useView.getState().openDialog("connections"),
  },
];
