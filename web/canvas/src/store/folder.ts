/** The folder of flows as the server tells of it: how each flow is, and what the edits of this page began with. */
import { create } from "zustand";
import type { FlowSummary, Project } from "../api/types";
import type { FlowDoc } from "../model/flow";

interface FolderState {
  project: Project | null;
  /** Whether the flows that the address and the tabs of before name have been shown. */
  opened: boolean;
  /** Why the project could not be read; empty: it could, or has not been asked for. */
  error: string;
  /** Flow -> the content that its base names, as far as this page has seen it. */
  begun: Record<string, FlowDoc>;
  /** Flow -> who deployed it last, as far as this page has heard. */
  deployedBy: Record<string, string>;
  /** Flow -> the revision that someone else deployed while it was edited here, and that has not been looked at. */
  overtaken: Record<string, string>;
  /** Flow -> the file's revision that is to be overwritten by the next deploy, having been looked at. */
  overwrite: Record<string, string>;
}

export const useFolder = create<FolderState>()(() => ({
  project: null,
  opened: false,
  error: "",
  begun: {},
  deployedBy: {},
  overtaken: {},
  overwrite: {},
}));

export function summaryOf(flow: string): FlowSummary | undefined {
  return useFolder.getState().project?.flows.find(({ name }) => name === flow);
}

export function useSummary(flow: string | null): FlowSummary | undefined {
  return useFolder((state) => state.project?.flows.find(({ name }) => name === flow));
}

/** Whether the shared connections on disk are others than those that run. */
export function sharedChangedOutside(project: Project | null): boolean {
  return project !== null && project.connections.disk !== project.connections.revision;
}

/** Flows whose file holds something else than what was deployed, and that is not settled yet. */
export function changedOutside(project: Project | null, overwrite: Record<string, string>): FlowSummary[] {
  return (project?.flows ?? []).filter(({ name, revision, disk }) => disk !== revision && overwrite[name] !== disk);
}
