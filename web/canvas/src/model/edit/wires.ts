/** Edits of wires. Wires are named by `wireKey`; new ones go to the end, since targets are served in their order. */
import { end, type FlowDoc, type WireSpec } from "../flow";
import { mappedList } from "../records";
import { fits, inputEnd, inputNamed, type Knowledge, outputEnd, outputNamed, portsOf } from "../ports";
import { same } from "../same";
import { wireKey } from "../wires";

/** Add a wire; one with the same ends, or to a node that is not there, changes nothing. */
export function connect(doc: FlowDoc, wire: WireSpec): FlowDoc {
  const there = Object.hasOwn(doc.nodes, end(wire.from).node) && Object.hasOwn(doc.nodes, end(wire.to).node);
  if (!there || hasWire(doc, wireKey(wire))) return doc;
  return { ...doc, wires: [...doc.wires, wire] };
}

export function disconnect(doc: FlowDoc, keys: Iterable<string>): FlowDoc {
  const gone = new Set(keys);
  const wires = mappedList(doc.wires, (wire) => (gone.has(wireKey(wire)) ? null : wire));
  return wires === doc.wires ? doc : { ...doc, wires };
}

/** Change a wire where it stands: feedback, queue, its ends. Undefined leaves a key out. */
export function setWire(doc: FlowDoc, key: string, change: Partial<WireSpec>): FlowDoc {
  const wires = mappedList(doc.wires, (wire) => {
    if (wireKey(wire) !== key) return wire;
    const next = { ...wire, ...change };
    for (const name of Object.keys(next) as (keyof WireSpec)[]) if (next[name] === undefined) delete next[name];
    if (same(next, wire)) return wire;
    return wireKey(next) !== key && hasWire(doc, wireKey(next)) ? wire : next;
  });
  return wires === doc.wires ? doc : { ...doc, wires };
}

export function disableWires(doc: FlowDoc, keys: Iterable<string>, disabled: boolean): FlowDoc {
  let next = doc;
  for (const key of keys) next = setWire(next, key, { disabled: disabled || undefined });
  return next;
}

/**
 * Put a node into a wire. The first half takes the wire's place and so its turn; what the wire did at its end (feedback,
 * queue) stays with the second half, which goes there.
 */
export function insertOnWire(doc: FlowDoc, key: string, input: string, output: string): FlowDoc {
  const wire = doc.wires.find((one) => wireKey(one) === key);
  if (wire === undefined || end(wire.from).node === end(input).node || end(wire.to).node === end(output).node) return doc;
  const first: WireSpec = { from: wire.from, to: input, ...(wire.disabled && { disabled: true }) };
  const second: WireSpec = { ...wire, from: output };
  if (hasWire(doc, wireKey(first)) || hasWire(doc, wireKey(second))) return doc;
  return { ...doc, wires: [...doc.wires.map((one) => (one === wire ? first : one)), second] };
}

/** Where a node could stand in a wire: its first input and output that fit; null if none do. */
export function placeOnWire(doc: FlowDoc, key: string, node: string, known: Knowledge): [string, string] | null {
  const wire = doc.wires.find((one) => wireKey(one) === key);
  if (wire === undefined) return null;
  const [from, to] = [end(wire.from), end(wire.to)];
  if (from.node === node || to.node === node) return null;
  const ports = portsOf(doc, node, known);
  const out = outputNamed(portsOf(doc, from.node, known), from.port);
  const port = inputNamed(portsOf(doc, to.node, known), to.port);
  const input = ports.inputs.find((one) => out === undefined || fits(out, one));
  const output = ports.outputs.find((one) => port === undefined || fits(one, port));
  if (input === undefined || output === undefined) return null;
  return [inputEnd(node, input.name, ports), outputEnd(node, output.name, ports)];
}

/** The wires that bridge a node that goes: from each forerunner to each follower, where they fit. */
export function bridges(doc: FlowDoc, node: string, known: Knowledge): WireSpec[] {
  const found: WireSpec[] = [];
  const before = doc.wires.filter((wire) => end(wire.to).node === node && end(wire.from).node !== node);
  const after = doc.wires.filter((wire) => end(wire.from).node === node && end(wire.from).port !== "error" && end(wire.to).node !== node);
  for (const first of before)
    for (const last of after) {
      const [from, to] = [end(first.from), end(last.to)];
      if (from.node === to.node) continue;
      const out = outputNamed(portsOf(doc, from.node, known), from.port);
      const port = inputNamed(portsOf(doc, to.node, known), to.port);
      if (out !== undefined && port !== undefined && !fits(out, port)) continue;
      found.push(bridge(first, last));
    }
  return found;
}

/** One wire for two: it feeds back if either did, queues as the last, and is out if either was. */
function bridge(first: WireSpec, last: WireSpec): WireSpec {
  const feedback = last.feedback ?? first.feedback;
  const queue = last.queue ?? first.queue;
  return {
    from: first.from,
    to: last.to,
    ...(feedback && { feedback }),
    ...(queue && { queue }),
    ...((first.disabled || last.disabled) && { disabled: true }),
  };
}

function hasWire(doc: FlowDoc, key: string): boolean {
  return doc.wires.some((wire) => wireKey(wire) === key);
}
