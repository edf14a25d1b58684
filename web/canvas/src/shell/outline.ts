/** The flow as a tree, for the outline: nodes, and below each what it is connected to. Pure. */
import { end, type FlowDoc } from "../model/flow";
import { wireKey } from "../model/wires";

export interface Twig {
  /** Unique within the tree: `node`, `node out <wire>`, `node in <wire>`. */
  id: string;
  level: 1 | 2 | 3;
  kind: "flow" | "node" | "out" | "in";
  node: string;
  /** For wires: the node at the other end, the ports, the key. */
  other?: string;
  port?: string;
  wire?: string;
  parent: string | null;
  branches: number;
}

export const ROOT = "flow:";

/** All twigs in the order of reading: nodes follow the wires, from sources on. */
export function twigsOf(doc: FlowDoc): Twig[] {
  const order = readingOrder(doc);
  const found: Twig[] = [{ id: ROOT, level: 1, kind: "flow", node: "", parent: null, branches: order.length }];
  for (const node of order) {
    const wires: Twig[] = doc.wires.flatMap((wire): Twig[] => {
      const [from, to] = [end(wire.from), end(wire.to)];
      const key = wireKey(wire);
      const common = { level: 3 as const, node, wire: key, parent: `node ${node}`, branches: 0 };
      const out: Twig = { ...common, id: `out ${key}`, kind: "out", other: wire.to, port: from.port };
      const into: Twig = { ...common, id: `in ${key}`, kind: "in", other: wire.from, port: to.port };
      return [...(from.node === node ? [out] : []), ...(to.node === node ? [into] : [])];
    });
    found.push({ id: `node ${node}`, level: 2, kind: "node", node, parent: ROOT, branches: wires.length }, ...wires);
  }
  return found;
}

/** Those that can be seen: every twig whose ancestors are open. */
export function seen(twigs: readonly Twig[], closed: ReadonlySet<string>): Twig[] {
  const hidden = new Set<string>();
  return twigs.filter(({ id, parent }) => {
    const away = parent !== null && (closed.has(parent) || hidden.has(parent));
    if (away) hidden.add(id);
    return !away;
  });
}

/** Sources first, then what they feed; what is left (loops, lone nodes) in the order of the file. */
export function readingOrder(doc: FlowDoc): string[] {
  const fed = new Set(doc.wires.filter((wire) => wire.feedback === undefined).map((wire) => end(wire.to).node));
  const after = new Map<string, string[]>();
  for (const wire of doc.wires) {
    const from = end(wire.from).node;
    after.set(from, [...(after.get(from) ?? []), end(wire.to).node]);
  }
  const found = new Set<string>();
  const visit = (start: string): void => {
    const stack = [start];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (found.has(node) || !Object.hasOwn(doc.nodes, node)) continue;
      found.add(node);
      stack.push(...(after.get(node) ?? []).toReversed());
    }
  };
  for (const node of Object.keys(doc.nodes)) if (!fed.has(node)) visit(node);
  for (const node of Object.keys(doc.nodes)) visit(node);
  return [...found];
}
