/** Remove nodes and close the gap. */
import type { FlowDoc } from "../flow";
import type { Knowledge } from "../ports";
import { removeNodes } from "./nodes";
import { bridges, connect } from "./wires";

/** Remove nodes; what came before each is wired to what came after it. */
export function removeAndReconnect(doc: FlowDoc, ids: Iterable<string>, known: Knowledge): FlowDoc {
  let next = doc;
  for (const id of ids) {
    const wires = bridges(next, id, known);
    next = removeNodes(next, [id]);
    for (const wire of wires) next = connect(next, wire);
  }
  return next;
}
