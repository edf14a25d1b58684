/** Bring in the flows that have not been opened yet: a shared connection may be used by any of them. */
import { useEffect, useState } from "react";
import { get, part, request } from "../api/client";
import type { FlowDetail, Project } from "../api/types";
import type { FlowDoc } from "../model/flow";
import { useProject } from "../store/project";
import { notify } from "../ui/notices";

/** Whether all of them are there. */
export function useAllFlows(wanted: boolean): boolean {
  const [loaded, setLoaded] = useState(!wanted);
  useEffect(() => {
    if (!wanted) return;
    let here = true;
    loadAll()
      .then(() => here && setLoaded(true))
      .catch((error: unknown) => notify("error", error instanceof Error ? error.message : String(error)));
    return () => {
      here = false;
    };
  }, [wanted]);
  return loaded;
}

async function loadAll(): Promise<void> {
  const { flows } = await get<Project>("/api/project");
  const missing = flows.filter(({ name }) => useProject.getState().flows[name] === undefined);
  await Promise.all(
    missing.map(async ({ name }) => {
      const { body } = await request<FlowDetail>("GET", `/api/flows/${part(name)}`);
      const known = useProject.getState();
      if (known.flows[name] === undefined && known.deployed.flows[name] === undefined)
        known.receive(name, body.flow as unknown as FlowDoc, body.summary.revision);
    }),
  );
}
