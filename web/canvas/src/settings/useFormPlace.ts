/** What the fields of a flow's forms may refer to. */
import { useMemo } from "react";
import type { FormPlace } from "../forms/place";
import type { Told } from "../forms/told";
import type { ConnectionSpec, FlowDoc } from "../model/flow";
import { useProject } from "../store/project";
import { useView } from "../store/view";

export interface Failed {
  line: number;
  text: string;
}

/** `tried`: where the node's code failed when it was tried. */
export function useFormPlace(flow: string | null, told: readonly Told[] = [], tried: Record<string, Failed> = {}): FormPlace {
  const doc = useProject((state) => (flow === null ? undefined : state.flows[flow]));
  const shared = useProject((state) => state.connections);
  const { openDialog } = useView.getState();
  return useMemo(
    () => ({
      refers: true,
      variables: Object.keys(doc?.environment ?? {}),
      parameters: Object.keys(doc?.subflow?.parameters ?? {}),
      connections: { own: typesOf(doc?.connections), shared: typesOf(shared) },
      newConnection: (type, done) => openDialog("connection", { flow, type, done }),
      editConnection: (name) => openDialog("connection", { flow: isOwn(doc, name) ? flow : null, name }),
      failed: (option) => failedAt(told, option) ?? tried[option] ?? null,
    }),
    [doc, shared, flow, told, tried, openDialog],
  );
}

/** The server names the line of a code in its sentence. */
function failedAt(told: readonly Told[], option: string): Failed | null {
  const found = told.find(({ path, level }) => level === "error" && path.length === 1 && path[0] === option);
  if (found === undefined || found.code.startsWith("missing-")) return null;
  return { line: Number(/\bline (\d+)/.exec(found.text)?.[1] ?? 1), text: found.text };
}

function isOwn(doc: FlowDoc | undefined, name: string): boolean {
  return Object.hasOwn(doc?.connections ?? {}, name);
}

function typesOf(connections: Record<string, ConnectionSpec> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(connections).map(([name, { type }]) => [name, type]));
}
