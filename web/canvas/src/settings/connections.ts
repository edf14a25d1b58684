/** Edits of connections, own ones of a flow and shared ones. Each is one function over the whole content: one step. */
import type { Schema } from "../forms/schema";
import type { ConnectionSpec, FlowDoc } from "../model/flow";
import { mapped, renamed, without } from "../model/records";
import type { Content } from "../store/project";

export interface Where {
  /** The flow that has it; null: connections.json. */
  flow: string | null;
}

export interface User {
  flow: string;
  node: string;
  option: string;
}

/** Type -> the schema of its options. */
export type Schemas = (type: string) => Schema | undefined;

/** The nodes that use a connection: a flow's own one hides a shared one of the same name. */
export function usersOf(content: Content, { flow }: Where, name: string, schemas: Schemas): User[] {
  return Object.entries(content.flows).flatMap(([key, doc]) => (sees(key, doc, flow, name) ? usersIn(key, doc, name, schemas) : []));
}

function sees(key: string, doc: FlowDoc, owner: string | null, name: string): boolean {
  return owner === null ? !Object.hasOwn(doc.connections ?? {}, name) : key === owner;
}

function usersIn(flow: string, doc: FlowDoc, name: string, schemas: Schemas): User[] {
  return Object.entries(doc.nodes).flatMap(([node, { type, options }]) =>
    connectionOptions(schemas(type))
      .filter((option) => options?.[option] === name)
      .map((option) => ({ flow, node, option })),
  );
}

function connectionOptions(schema: Schema | undefined): string[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([option, inner]) => (inner["x-connection"] === undefined ? [] : [option]));
}

export function connectionsAt(content: Content, { flow }: Where): Record<string, ConnectionSpec> {
  return flow === null ? content.connections : (content.flows[flow]?.connections ?? {});
}

/** Put a connection under a name; `old` is the name it had: those that use it follow. */
export function putConnection(content: Content, where: Where, old: string | null, name: string, spec: ConnectionSpec, schemas: Schemas): Content {
  const all = connectionsAt(content, where);
  const kept = old === null || old === name ? all : renamed(all, old, name);
  const next = withConnections(content, where, { ...kept, [name]: spec });
  if (old === null || old === name) return next;
  const users = usersOf(content, where, old, schemas);
  if (users.length === 0) return next;
  return { ...next, flows: mapped(next.flows, (doc, flow) => follow(doc, users.filter((user) => user.flow === flow), name)) };
}

export function removeConnection(content: Content, where: Where, name: string): Content {
  return withConnections(content, where, without(connectionsAt(content, where), [name]));
}

function withConnections(content: Content, { flow }: Where, connections: Record<string, ConnectionSpec>): Content {
  if (flow === null) return { ...content, connections };
  const doc = content.flows[flow];
  if (doc === undefined) return content;
  const { connections: _, ...rest } = doc;
  const next = Object.keys(connections).length === 0 ? rest : { ...rest, connections };
  return { ...content, flows: { ...content.flows, [flow]: next } };
}

function follow(doc: FlowDoc, users: readonly User[], name: string): FlowDoc {
  if (users.length === 0) return doc;
  const nodes = mapped(doc.nodes, (spec, id) => {
    const own = users.filter((user) => user.node === id);
    if (own.length === 0) return spec;
    return { ...spec, options: { ...spec.options, ...Object.fromEntries(own.map(({ option }) => [option, name])) } };
  });
  return { ...doc, nodes };
}
