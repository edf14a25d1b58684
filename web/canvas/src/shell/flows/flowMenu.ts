/** What can be done with one flow: the menu of its tab and of its line on the start page. */
import { changedOutside, summaryOf, useFolder } from "../../store/folder";
import { useProject } from "../../store/project";
import { may } from "../../store/session";
import { useView } from "../../store/view";
import { t } from "../../text";
import type { MenuEntry } from "../../ui/Menu";
import { disableFlow, duplicateFlow, freeName, removeFlow, runFlow } from "./flowEdits";

export function flowMenu(flow: string): MenuEntry[] {
  const edits = may("editor", flow);
  const runs = may("operator", flow);
  const summary = summaryOf(flow);
  const { flows, tabs } = useProject.getState();
  const disabled = flows[flow]?.disabled ?? summary?.state === "disabled";
  const { project, overwrite } = useFolder.getState();
  const outside = changedOutside(project, overwrite).some(({ name }) => name === flow);
  const dialog = (name: string) => () => useView.getState().openDialog(name, { flow });
  const why = t("shell.needs-editor");
  const entries: MenuEntry[] = [];
  if (tabs.includes(flow)) entries.push({ label: t("shell.close-tab"), icon: "close", run: () => useProject.getState().closeTab(flow) });
  else entries.push({ label: t("shell.open"), icon: "right", run: () => useProject.getState().show(flow) });
  if (outside) entries.push({ label: t("shell.see-outside"), icon: "warning", run: dialog("outside") });
  if (summary?.state === "running") entries.push({ label: t("shell.stop"), icon: "stop", disabled: !runs, why: t("shell.needs-operator"), run: () => void runFlow(flow, false) });
  if (summary?.state === "stopped" || summary?.state === "failed")
    entries.push({ label: t("shell.run"), icon: "play", disabled: !runs, why: t("shell.needs-operator"), run: () => void runFlow(flow, true) });
  entries.push(
    "line",
    { label: t("shell.rename"), icon: "edit", disabled: !edits, why, run: dialog("rename-flow") },
    { label: t("shell.duplicate"), icon: "copy", disabled: !edits || !may("editor", freeName(flow)), why, run: () => void duplicateFlow(flow) },
    { label: t(disabled ? "shell.enable" : "shell.disable"), icon: "disable", disabled: !edits, why, run: () => void disableFlow(flow, !disabled) },
    { label: t("shell.export"), icon: "export", run: dialog("export") },
    { label: t("shell.history"), icon: "history", disabled: summary === undefined, run: () => showHistory(flow) },
    ...(useProject.getState().active === flow ? [marks()] : []),
    "line",
    { label: t("shell.delete"), icon: "bin", danger: true, disabled: !edits, why, run: () => void removeFlow(flow) },
  );
  return entries;
}

function marks(): MenuEntry {
  const { diff, setDiff } = useView.getState();
  return { label: t("deploy.action-marks"), checked: diff, run: () => setDiff(!diff) };
}

function showHistory(flow: string): void {
  useProject.getState().show(flow);
  useView.getState().openDrawer("history");
}
