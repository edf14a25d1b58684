import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import type { DeployPreview, DeployRequest } from "../api/types";
import { same } from "../model/same";
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
  const asked = useAsked(flows, mode);
  useEffect(() => {
    let here = true;
    setState((before) => ({ ...before, busy: true }));
    preview(asked.request)
      .then((found) => here && setState({ preview: found, error: null, busy: false }))
      .catch((error: unknown) => {
        if (here) setState({ preview: null, error: error instanceof ApiError ? error : new ApiError(0, { message: String(error) }), busy: false });
      });
    return () => {
      here = false;
    };
  }, [asked, round]);
  return state;
}

interface Asked {
  request: DeployRequest;
  /** Of all flows: a preview of the whole folder is another one where somebody has deployed. */
  bases: Record<string, string>;
}

/**
 * What the server is asked, the same object as long as it is the same: a flow that was read again and holds what it held
 * makes no new preview, which would take the button away beneath the pointer.
 */
function useAsked(flows: readonly string[], mode: Mode): Asked {
  useProject((project) => project.flows);
  useProject((project) => project.connections);
  useFolder((folder) => folder.overwrite);
  const bases = useProject((project) => project.bases);
  const now: Asked = { request: requestFor(flows, mode, ""), bases };
  const asked = useRef(now);
  if (!same(asked.current, now)) asked.current = now;
  return asked.current;
}
