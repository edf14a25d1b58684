/** What is done to whole flows: each is one step, and nothing runs otherwise before the next deploy. */
import { ApiError, part, post } from "../../api/client";
import type { Example, FlowSummary } from "../../api/types";
import type { FlowDoc } from "../../model/flow";
import { emptyFlow, renamedFlow, setFlowDisabled, usersOf, withFlow, withoutFlow } from "../../model/folder";
import { freshName } from "../../model/ids";
import { useFolder } from "../../store/folder";
import { useProject } from "../../store/project";
import { t } from "../../text";
import { announce, notify } from "../../ui/notices";
import { loadAllFlows, loadFlow, refresh } from "../loading";

/** Whether a name is taken by a flow of the folder or of the draft. */
export function isTaken(name: string): boolean {
  const { flows, deployed } = useProject.getState();
  return flows[name] !== undefined || deployed.flows[name] !== undefined || (useFolder.getState().project?.flows.some((flow) => flow.name === name) ?? false);
}

export function freeName(wanted: string): string {
  return freshName(wanted, isTaken);
}

/** Add a flow to the draft and open it. */
export function addFlow(name: string, doc: FlowDoc = emptyFlow(name)): void {
  const label = t("shell.step-new-flow", { flow: name });
  useProject.getState().commit(label, name, (content) => ({ ...content, flows: withFlow(content.flows, name, doc) }));
  useProject.getState().show(name);
  announce(label);
}

/** Add an example with the flows that it is made of, unless there are flows of their names. */
export function addExample({ name: wanted, flow, needs }: Example, all: readonly Example[]): void {
  const name = freeName(wanted);
  const parts = all.filter((one) => needs.includes(one.name) && !isTaken(one.name));
  const label = t("shell.step-new-flow", { flow: name });
  useProject.getState().commit(label, name, (content) => {
    let { flows } = content;
    for (const one of parts) flows = withFlow(flows, one.name, one.flow as unknown as FlowDoc);
    return { ...content, flows: withFlow(flows, name, flow as unknown as FlowDoc) };
  });
  useProject.getState().show(name);
  announce(label);
}

export async function duplicateFlow(name: string): Promise<void> {
  await loadFlow(name);
  const doc = useProject.getState().flows[name];
  if (doc !== undefined) addFlow(freeName(name), doc);
}

/** Rename a flow; the flows that use it are read first, so that they follow. */
export async function renameFlow(from: string, to: string): Promise<void> {
  await loadAllFlows();
  const label = t("shell.step-rename-flow", { flow: from, to });
  const project = useProject.getState();
  const { active, tabs } = project;
  project.commit(label, to, (content) => ({ ...content, flows: renamedFlow(content.flows, from, to) }));
  useProject.setState({ tabs: tabs.map((tab) => (tab === from ? to : tab)), active: active === from ? to : active });
  announce(label);
}

/** Take a flow out of the draft; it runs on until the next deploy. */
export async function removeFlow(name: string): Promise<void> {
  await loadFlow(name);
  const users = usersOf(useProject.getState().flows, name);
  const label = t("shell.step-remove-flow", { flow: name });
  useProject.getState().commit(label, name, (content) => ({ ...content, flows: withoutFlow(content.flows, name) }));
  useProject.getState().closeTab(name);
  const undo = { label: t("shell.undo"), run: () => void useProject.getState().undo() };
  if (users.length > 0) notify("warning", t("shell.removed-used", { flow: name, users: users.join(", ") }), undo);
  else notify("info", t("shell.removed", { flow: name }), undo);
}

export async function disableFlow(name: string, disabled: boolean): Promise<void> {
  await loadFlow(name);
  const label = t(disabled ? "shell.step-disable-flow" : "shell.step-enable-flow", { flow: name });
  useProject.getState().edit(label, name, (doc) => setFlowDisabled(doc, disabled));
  announce(label);
}

/** Start or stop a flow now, until the next deploy. */
export async function runFlow(name: string, run: boolean): Promise<void> {
  try {
    await post<FlowSummary>(`/api/flows/${part(name)}/run`, { run });
    await refresh();
  } catch (error) {
    notify("error", error instanceof ApiError ? error.message : String(error));
  }
}
