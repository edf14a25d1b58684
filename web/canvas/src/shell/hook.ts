/** A hook for browser tests and for the curious: what this page holds. The canvas adds `flow`. See CONTRIBUTING.md. */
import { useChecks } from "../store/checks";
import { useProject } from "../store/project";
import { useView } from "../store/view";

declare global {
  interface Window {
    flowengine?: Record<string, unknown>;
  }
}

window.flowengine = { ...window.flowengine, project: useProject, view: useView, checks: useChecks };
