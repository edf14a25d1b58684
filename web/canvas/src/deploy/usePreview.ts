/** What a deploy would do, asked again whenever what would be deployed changes. */
import { useEffect, useState } from "react";
import { ApiError } from "../api/client";
import type { DeployPreview } from "../api/types";
import { useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { preview } from "./deploy";
import { type Mode, requestFor } from "./request";

export interface Previewed {
  preview: DeployPreview | null;
  error: ApiError | null;
  busy: boolean;
}

export function usePreview(flows: readonly string[], mode: Mode, round: number): Previewed {
  const [state, setState] = useState<Previewed>({ preview: null, error: null, busy: true });
  const docs = useProject((project) => project.flows);
  const bases = useProject((project) => project.bases);
  const connections = useProject((project) => project.connections);
  const overwrite = useFolder((folder) => folder.overwrite);
  const names = flows.join("\n");
  useEffect(() => {
    let here = true;
    setState((before) => ({ ...before, busy: true }));
    preview(requestFor(names === "" ? [] : names.split("\n"), mode, ""))
      .then((found) => here && setState({ preview: found, error: null, busy: false }))
      .catch((error: unknown) => {
        if (here) setState({ preview: null, error: error instanceof ApiError ? error : new ApiError(0, { message: String(error) }), busy: false });
      });
    return () => {
      here = false;
    };
  }, [names, mode, docs, bases, connections, overwrite, round]);
  return state;
}
