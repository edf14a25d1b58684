/** What an import from Node-RED asks of the server, and how its result comes into the draft. */
import { post } from "../api/client";
import type { RedRequest, RedResult } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { withFlow } from "../model/folder";
import { useFolder } from "../store/folder";
import { type Connections, useProject } from "../store/project";
import { t } from "../text";
import { announce } from "../ui/notices";

export type Wishes = Pick<RedRequest, "text" | "credentials" | "key" | "asynchronous" | "native">;

/** Have a flows.json read; with `keep` the server keeps what an export back needs. */
export function readNodeRed(wishes: Wishes, keep = false): Promise<RedResult> {
  const { flows, deployed, connections } = useProject.getState();
  const there = useFolder.getState().project?.flows.map(({ name }) => name) ?? [];
  const taken = [...new Set([...there, ...Object.keys(flows), ...Object.keys(deployed.flows)])].sort();
  return post<RedResult>("/api/import/nodered", { ...wishes, taken, taken_connections: Object.keys(connections).sort(), keep } satisfies RedRequest);
}

/** Put everything into the draft, as one step, and show the first flow. */
export async function openNodeRed(wishes: Wishes): Promise<void> {
  const { flows, connections } = await readNodeRed(wishes, true);
  const names = Object.keys(flows);
  const label = t("nodered.step", { count: names.length });
  const project = useProject.getState();
  const front = names.find((name) => flows[name]?.["subflow"] === undefined) ?? names[0];
  if (front === undefined) return;
  project.commit(label, front, (content) => {
    let all = content.flows;
    for (const name of names) all = withFlow(all, name, flows[name] as unknown as FlowDoc);
    return { flows: all, connections: { ...content.connections, ...(connections as Connections) } };
  });
  project.show(front);
  announce(label);
}
