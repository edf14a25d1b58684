/** What leads where in a flow. */
import { end, type FlowDoc, type WireSpec } from "./flow";

type Steps = Map<string, string[]>;

/** Whether messages can pass a wire now. */
export function carries(doc: FlowDoc, wire: WireSpec): boolean {
  if (wire.disabled) return false;
  return !doc.nodes[end(wire.from).node]?.disabled && !doc.nodes[end(wire.to).node]?.disabled;
}

/** Node -> the nodes that follow it. `along` says which wires count; all of them if it is left out. */
export function followers(doc: FlowDoc, along: (wire: WireSpec) => boolean = () => true): Steps {
  return steps(doc, along, false);
}

export function forerunners(doc: FlowDoc, along: (wire: WireSpec) => boolean = () => true): Steps {
  return steps(doc, along, true);
}

/** Everything that can be reached from some nodes, these included. */
export function reached(begin: Iterable<string>, next: Steps): Set<string> {
  const found = new Set(begin);
  const todo = [...found];
  for (let id = todo.pop(); id !== undefined; id = todo.pop())
    for (const follower of next.get(id) ?? [])
      if (!found.has(follower)) {
        found.add(follower);
        todo.push(follower);
      }
  return found;
}

function steps(doc: FlowDoc, along: (wire: WireSpec) => boolean, back: boolean): Steps {
  const found: Steps = new Map();
  for (const wire of doc.wires) {
    if (!along(wire)) continue;
    const [from, to] = back ? [end(wire.to).node, end(wire.from).node] : [end(wire.from).node, end(wire.to).node];
    const list = found.get(from);
    if (list === undefined) found.set(from, [to]);
    else list.push(to);
  }
  return found;
}
