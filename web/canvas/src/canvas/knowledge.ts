/** What is known of the nodes of a flow, from the palette, the server's check, and the subflows being edited. */
import { useMemo } from "react";
import type { NodeType, Ports } from "../api/types";
import { type FlowDoc, type Interface, SUBFLOW } from "../model/flow";
import type { Knowledge } from "../model/ports";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";

const NONE: Record<string, Ports> = {};

/** What is known now, for a function that runs once. */
export function knowledgeOf(flow: string): Knowledge {
  const types = typesOf(usePalette.getState().types, useProject.getState().flows);
  return { types, ports: useChecks.getState().checks[flow]?.ports ?? NONE };
}

/** The same for a component, kept up to date. */
export function useKnowledge(flow: string): Knowledge {
  const types = useTypes();
  const ports = useChecks((state) => state.checks[flow]?.ports ?? NONE);
  return useMemo(() => ({ types, ports }), [types, ports]);
}

/** All types, subflows as they are being edited. */
export function useTypes(): Record<string, NodeType> {
  const types = usePalette((state) => state.types);
  return useProject(({ flows }) => typesOf(types, flows));
}

interface Merged {
  palette: Record<string, NodeType>;
  interfaces: (Interface | string)[];
  types: Record<string, NodeType>;
}

let last: Merged = { palette: {}, interfaces: [], types: {} };

/** The palette's types with what the drafts of subflows say; the same object as long as neither changed. */
function typesOf(palette: Record<string, NodeType>, flows: Record<string, FlowDoc>): Record<string, NodeType> {
  const drafts = Object.entries(flows).filter(([, { subflow }]) => subflow !== undefined);
  const interfaces = drafts.flatMap(([name, { subflow }]) => [name, subflow as Interface]);
  const same = last.palette === palette && last.interfaces.length === interfaces.length && interfaces.every((one, n) => one === last.interfaces[n]);
  if (same) return last.types;
  const own = drafts.map(([name, doc]): [string, NodeType] => [SUBFLOW + name, subflowType(name, doc, palette[SUBFLOW + name])]);
  last = { palette, interfaces, types: { ...palette, ...Object.fromEntries(own) } };
  return last.types;
}

function subflowType(name: string, { subflow = {}, note = "" }: FlowDoc, known: NodeType | undefined): NodeType {
  const ports = (names: string[]) => names.map((port) => ({ name: port, payload: "any" as const, description: "" }));
  const parameters = subflow.parameters ?? {};
  const required = Object.keys(parameters).filter((key) => !Object.hasOwn(parameters[key] ?? {}, "default"));
  return {
    button: false,
    ot: false,
    package: "",
    version: "",
    local: false,
    name: "",
    category: "",
    ...known,
    type: SUBFLOW + name,
    kind: "transform",
    title: known?.title || name,
    help: known?.help || note,
    schema: { type: "object", properties: parameters, required },
    inputs: ports(Object.keys(subflow.inputs ?? {})),
    outputs: ports(Object.keys(subflow.outputs ?? {}).filter((port) => port !== "error")),
    error_port: true,
    dynamic: false,
  };
}
