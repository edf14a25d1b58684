/** Which actions a context menu offers, by what was pointed at. */
import type { Action } from "../../actions/registry";
import { canvasActions } from "../actions";
import type { Popup } from "./popups";

const MENUS: Record<Extract<Popup, { kind: "menu" }>["of"], string[][]> = {
  node: [
    ["settings", "openSubflow", "press"],
    ["connect", "disconnect"],
    ["copy", "cut", "duplicate"],
    ["group", "leaveGroup", "joinGroup", "makeSubflow"],
    ["alignLeft", "alignCentre", "alignRight", "alignTop", "alignMiddle", "alignBottom", "distributeAcross", "distributeDown"],
    ["selectUpstream", "selectDownstream"],
    ["switch", "deleteReconnect", "delete"],
  ],
  wire: [["settings"], ["insert", "feedback"], ["switch", "delete"]],
  mark: [["renameGroup", "recolourGroup", "ungroup", "renameDoor"], ["copy", "duplicate"], ["delete"]],
  canvas: [
    ["add", "note"],
    ["paste", "selectAll"],
    ["arrange", "input", "output"],
    ["zoomAll", "zoomOne"],
  ],
};

export function menuFor(of: keyof typeof MENUS): Action[][] {
  const all = new Map(canvasActions.map((action) => [action.id, action]));
  return MENUS[of].map((names) => names.map((name) => all.get(`canvas.${name}`)).filter((action) => action !== undefined));
}
