/** Actions of the frame: undo, panes, search, flows as a whole, looks. */
import type { Action } from "../actions/registry";
import { nextProblem } from "../problems/jump";
import { useProject } from "../store/project";
import { type DrawerTab, useView } from "../store/view";
import { t } from "../text";
import { announce } from "../ui/notices";
import { disableFlow, duplicateFlow, removeFlow } from "./flows/flowEdits";
import { nextRegion } from "./regions";

const inFront = (): boolean => useProject.getState().active !== null;
const front = (): string => useProject.getState().active ?? "";
const dialog = (name: string) => (): void => useView.getState().openDialog(name, { flow: front() });

function takeBack(): void {
  const step = useProject.getState().undo();
  if (step === null) return;
  reveal(step.flow);
  announce(t("shell.undone", { step: step.label }));
}

function doAgain(): void {
  const step = useProject.getState().redo();
  if (step === null) return;
  reveal(step.flow);
  announce(t("shell.redone", { step: step.label }));
}

/** Show what has just changed back; a flow that is not there any more has no tab either. */
function reveal(flow: string): void {
  const project = useProject.getState();
  for (const tab of project.tabs) if (project.flows[tab] === undefined && project.deployed.flows[tab] !== undefined) project.closeTab(tab);
  for (const tab of project.tabs) if (project.flows[tab] === undefined && project.bases[tab] === undefined) project.closeTab(tab);
  if (project.flows[flow] !== undefined) project.show(flow);
}

const PANES: DrawerTab[] = ["settings", "info", "debug", "problems", "outline", "history"];

export const shellActions: Action[] = [
  { id: "edit.undo", label: "shell.undo", keys: ["mod+z"], role: "editor", anyFlow: true, can: () => useProject.getState().past.length > 0, run: takeBack },
  { id: "edit.redo", label: "shell.redo", keys: ["mod+y", "mod+shift+z"], role: "editor", anyFlow: true, can: () => useProject.getState().future.length > 0, run: doAgain },
  { id: "view.commands", label: "shell.commands", keys: ["mod+shift+p"], inFields: true, run: dialog("commands") },
  { id: "view.search", label: "shell.search", keys: ["mod+f"], where: "canvas", run: dialog("search") },
  { id: "view.keys", label: "shell.keys", keys: ["?"], run: dialog("keys") },
  { id: "view.nodered", label: "nodered.help", run: dialog("nodered-help") },
  { id: "view.region", label: "shell.next-region", keys: ["f6"], inFields: true, run: () => nextRegion(1) },
  { id: "view.region-back", label: "shell.last-region", keys: ["shift+f6"], inFields: true, run: () => nextRegion(-1) },
  { id: "view.palette", label: "shell.palette-toggle", keys: ["mod+p"], where: "canvas", can: inFront, run: togglePalette },
  { id: "view.drawer", label: "shell.drawer-toggle", keys: ["mod+space"], where: "canvas", can: inFront, run: toggleDrawer },
  ...PANES.map((pane): Action => ({ id: `view.pane-${pane}`, label: `shell.show-${pane}`, can: inFront, run: () => useView.getState().openDrawer(pane) })),
  { id: "problems.next", label: "shell.next-problem", keys: ["f8"], run: () => nextProblem(1) },
  { id: "problems.last", label: "shell.last-problem", keys: ["shift+f8"], run: () => nextProblem(-1) },
  { id: "flow.start", label: "shell.show-start", can: inFront, run: () => useProject.setState({ active: null }) },
  { id: "flow.new", label: "shell.new-flow", role: "editor", anyFlow: true, run: dialog("new-flow") },
  { id: "flow.import", label: "shell.import", keys: ["mod+i"], where: "canvas", role: "editor", anyFlow: true, run: dialog("import") },
  { id: "flow.export", label: "shell.export", keys: ["mod+e"], where: "canvas", can: inFront, run: dialog("export") },
  { id: "flow.rename", label: "shell.rename-flow", role: "editor", can: inFront, run: dialog("rename-flow") },
  { id: "flow.duplicate", label: "shell.duplicate-flow", role: "editor", can: inFront, run: () => void duplicateFlow(front()) },
  { id: "flow.disable", label: "shell.disable-flow", role: "editor", can: inFront, run: switchFlow },
  { id: "flow.delete", label: "shell.delete-flow", role: "editor", can: inFront, run: () => void removeFlow(front()) },
  { id: "flow.close", label: "shell.close-tab", can: inFront, run: () => useProject.getState().closeTab(front()) },
  { id: "view.theme-light", label: "shell.theme-light", run: () => useView.getState().setTheme("light") },
  { id: "view.theme-dark", label: "shell.theme-dark", run: () => useView.getState().setTheme("dark") },
  { id: "view.theme-system", label: "shell.theme-system", run: () => useView.getState().setTheme("system") },
  { id: "view.language-en", label: "shell.language-en", run: () => useView.getState().setLanguage("en") },
  { id: "view.language-de", label: "shell.language-de", run: () => useView.getState().setLanguage("de") },
  { id: "view.parts", label: "parts.title", run: dialog("parts") },
  { id: "view.models", label: "models.title", run: dialog("models") },
  { id: "user.password", label: "shell.own-password", run: dialog("password") },
  { id: "user.users", label: "shell.users", role: "admin", run: dialog("users") },
];

function togglePalette(): void {
  useView.getState().setPaletteOpen(!useView.getState().paletteOpen);
}

function toggleDrawer(): void {
  const { drawer, openDrawer } = useView.getState();
  openDrawer(drawer === null ? "settings" : null);
}

function switchFlow(): void {
  void disableFlow(front(), useProject.getState().flows[front()]?.disabled !== true);
}
