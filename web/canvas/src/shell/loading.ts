/** Brings the project from the server and keeps it up to date; an edit of ours is never touched. */
import { ApiError, get, part } from "../api/client";
import type { FlowDetail, FlowSummary, Project } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { presenceIs } from "../live/presence";
import { same } from "../model/same";
import { useChecks } from "../store/checks";
import { useFolder } from "../store/folder";
import { usePalette } from "../store/palette";
import { type Connections, isChanged, useProject } from "../store/project";
import { useView } from "../store/view";
import { t } from "../text";
import { notify, reword } from "../ui/notices";

export const CONNECTIONS = "connections.json";

/** The shared connections as their file is written: a flow without nodes. */
export function sharedDoc(connections: Connections): FlowDoc {
  return { flowengine: 1, connections } as unknown as FlowDoc;
}

/** Read the list of flows, the shared connections and the palette; flows themselves are read when they are opened. */
export async function loadProject(): Promise<void> {
  try {
    const [project] = await Promise.all([get<Project>("/api/project"), usePalette.getState().load()]);
    take(project);
    useFolder.setState({ error: "" });
  } catch (error) {
    useFolder.setState({ error: error instanceof ApiError ? error.message : String(error) });
    throw error;
  }
}

const onTheWay = new Map<string, Promise<boolean>>();

/** Read a flow unless it is here; returns whether it is here now. */
export function loadFlow(name: string): Promise<boolean> {
  const { flows, deployed } = useProject.getState();
  if (flows[name] !== undefined || deployed.flows[name] !== undefined) return Promise.resolve(true);
  const asked = onTheWay.get(name) ?? read(name).finally(() => onTheWay.delete(name));
  onTheWay.set(name, asked);
  return asked;
}

/** Read every flow of the folder: for what looks through all of them. */
export async function loadAllFlows(): Promise<void> {
  const names = useFolder.getState().project?.flows.map(({ name }) => name) ?? [];
  for (let at = 0; at < names.length; at += 4) await Promise.all(names.slice(at, at + 4).map(loadFlow));
}

async function read(name: string): Promise<boolean> {
  try {
    receive(await get<FlowDetail>(`/api/flows/${part(name)}`));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    notify("error", t("shell.flow-unread", { flow: name, reason: error instanceof Error ? error.message : "" }));
    return false;
  }
}

function receive({ summary, flow, ports, problems }: FlowDetail): void {
  const doc = flow as unknown as FlowDoc;
  useProject.getState().receive(summary.name, doc, summary.revision);
  began(summary.name);
  if (same(useProject.getState().flows[summary.name], doc)) useChecks.getState().set(summary.name, { ports, problems });
}

/** Remember what an edit began with, as long as nothing is edited. */
function began(flow: string): void {
  const { flows, deployed } = useProject.getState();
  const doc = deployed.flows[flow];
  if (doc === undefined || !same(flows[flow], doc)) return;
  useFolder.setState({ begun: { ...useFolder.getState().begun, [flow]: doc } });
}

/** Remember what an edit of the shared connections begins with. */
export function beganConnections(connections: Connections): void {
  useFolder.setState({ begun: { ...useFolder.getState().begun, [CONNECTIONS]: sharedDoc(connections) } });
}

let held: Promise<unknown> = Promise.resolve();

/** Look at nothing before this is done: a deploy of ours must not be taken for someone else's. */
export function holdRefresh(until: Promise<unknown>): void {
  held = until.catch(() => {});
}

let again = false;
let asking: Promise<void> | null = null;

/** Something happened at the server: look what. Calls that come while one is under way become one more. */
export function refresh(): Promise<void> {
  again = true;
  asking ??= (async () => {
    while (again) {
      const deploys = held;
      await deploys;
      again = false;
      /** A deploy of ours came between: what was read may be older than what it has put live, and is read again. */
      const isOld = (): boolean => {
        again ||= held !== deploys;
        return held !== deploys;
      };
      try {
        const project = await get<Project>("/api/project");
        if (!isOld()) await follow(project, isOld);
      } catch {
        // Out of reach: the status bar says so, and the stream's next hello asks again.
      }
    }
  })().finally(() => (asking = null));
  return asking;
}

async function follow(project: Project, isOld: () => boolean): Promise<void> {
  const known = useProject.getState();
  const subflows = (one: Project | null): string => JSON.stringify(one?.flows.filter(({ state }) => state === "subflow").map(({ name, revision }) => [name, revision]));
  const before = useFolder.getState().project;
  take(project);
  const { language, load } = usePalette.getState();
  if (subflows(before) !== subflows(project) || language !== useView.getState().language) void load().catch(() => {});
  const names = new Set(project.flows.map(({ name }) => name));
  for (const flow of Object.keys(known.deployed.flows)) if (!names.has(flow)) removed(flow);
  for (const summary of project.flows) await follows(summary, before, isOld);
}

/** Someone deployed a flow that is open here: take it where nothing of ours is lost, else say so. */
async function follows(summary: FlowSummary, before: Project | null, isOld: () => boolean): Promise<void> {
  const { name, revision } = summary;
  const { bases, deployed } = useProject.getState();
  const was = before?.flows.find((flow) => flow.name === name)?.revision;
  if (deployed.flows[name] === undefined || (was === revision && bases[name] === revision)) return;
  if (was === revision && useFolder.getState().overtaken[name] === revision) return;
  const detail = await get<FlowDetail>(`/api/flows/${part(name)}`);
  if (isOld()) return;
  const edited = isChanged(useProject.getState(), name);
  receive(detail);
  if (!edited || useProject.getState().bases[name] === detail.summary.revision) return;
  if (same(useProject.getState().flows[name], detail.flow)) settle(name, detail.summary.revision);
  else if (useFolder.getState().overtaken[name] !== detail.summary.revision) overtaken(name, detail.summary.revision);
}

/** What someone else put live is what we have: our edit begins there now. */
export function settle(flow: string, revision: string): void {
  const { bases, deployed } = useProject.getState();
  useProject.setState({ bases: { ...bases, [flow]: revision } });
  const { begun, overtaken } = useFolder.getState();
  const { [flow]: _, ...rest } = overtaken;
  const doc = flow === CONNECTIONS ? sharedDoc(deployed.connections) : deployed.flows[flow];
  useFolder.setState({ overtaken: rest, begun: doc === undefined ? begun : { ...begun, [flow]: doc } });
}

/** Flow → the notice that somebody deployed it. */
const told: Record<string, { id: number; revision: string }> = {};

function overtaken(flow: string, revision: string): void {
  useFolder.setState({ overtaken: { ...useFolder.getState().overtaken, [flow]: revision } });
  const by = useFolder.getState().deployedBy[flow] ?? "";
  const id = notify("info", by ? t("shell.overtaken-by", { flow, name: by }) : t("shell.overtaken", { flow }), {
    label: t("shell.review"),
    run: () => useView.getState().openDialog("conflict", { flow }),
  });
  told[flow] = { id, revision };
}

/** Hear who has deployed a revision: whoever asks while a deploy is under way sees what it wrote before he hears of it. */
export function deployedBy(flow: string, revision: string, by: string): void {
  useFolder.setState({ deployedBy: { ...useFolder.getState().deployedBy, [flow]: by } });
  const notice = told[flow];
  if (notice?.revision === revision) reword(notice.id, t("shell.overtaken-by", { flow, name: by }));
}

/** A flow was removed from the folder. */
function removed(flow: string): void {
  const project = useProject.getState();
  const edited = isChanged(project, flow);
  project.receive(flow, null, "");
  if (project.flows[flow] === undefined) return;
  if (edited) notify("info", t("shell.removed-edited", { flow }));
  else project.closeTab(flow);
}

function take(project: Project): void {
  useFolder.setState({ project });
  presenceIs(project);
  const { connections, revision } = project.connections;
  const now = useProject.getState();
  const untouched = same(now.connections, now.deployed.connections);
  now.receiveConnections(connections as Connections, revision);
  if (untouched) beganConnections(connections as Connections);
}
