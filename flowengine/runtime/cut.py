"""Cuts a plan: into parts by where they may run, and inside a part into stages with chains between them.

A *stage* has an inbox and a task: an actuator, a transform that does I/O, and a synchronous transform that is reached
over a part's border or a wire with a queue of its own. What lies between stages is fused into chains.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from flowengine.flow.plan import Plan, PlannedNode, PlannedWire
from flowengine.node import Actuator, AsyncTransform
from flowengine.options import connection_names

Place = Literal["here", "field"]

LONGEST_CHAIN = 100
"""Synchronous transforms in a row at most; then an inbox is put in, so that compiled chains stay small and the
compiler, which goes five calls deeper for each node, stays far from Python's limit of 1,000."""

LARGEST_CHAIN = 1000
"""Nodes in one chain at most, however they branch; what is beyond gets an inbox. A chain is compiled as a whole, so
this bounds what a deploy of one changed node takes: a fifth of a second."""

MOST_ROOTS = 20
"""How many chains that lead to a node are counted at most when chain lengths are bounded."""


@dataclass
class Part:
    """A piece of a flow that runs in one place; inside it wires are function calls."""

    name: str
    place: Place
    nodes: dict[str, PlannedNode] = field(default_factory=dict)


@dataclass
class Cut:
    """A plan, cut: the parts, the stages, and the wires by where they begin."""

    parts: list[Part]
    stages: set[str]
    """Nodes that have an inbox."""
    wires_from: dict[tuple[str, str], list[PlannedWire]]
    """(node, output port) -> its wires, in the order written."""
    ways_in: dict[str, int]
    """Node -> how many ordinary wires lead to it."""


def cut(plan: Plan) -> Cut:
    """Cut a plan."""
    place = _places(plan)
    parts = {name: Part(f"{plan.name}/{name}", name) for name in ("field", "here")}
    for node in plan.nodes.values():
        parts[place[node.id]].nodes[node.id] = node

    wires_from: dict[tuple[str, str], list[PlannedWire]] = defaultdict(list)
    ways_in: dict[str, int] = defaultdict(int)
    stages = {node.id for node in plan.nodes.values() if issubclass(node.cls, Actuator | AsyncTransform)}
    into: dict[str, list[str]] = defaultdict(list)
    for wire in plan.wires:
        wires_from[wire.source, wire.out].append(wire)
        if wire.feedback is None:
            ways_in[wire.target] += 1
            into[wire.target].append(wire.source)
            if wire.queue is not None or place[wire.source] != place[wire.target]:
                stages.add(wire.target)
    _bound(plan, into, stages)
    return Cut([part for part in parts.values() if part.nodes], stages, dict(wires_from), dict(ways_in))


def cut_again(plan: Plan, old: Plan, before: Cut) -> Cut:
    """Cut a plan; where it differs from one that has been cut before only in what nodes do, as that was."""
    nodes, places = list(plan.nodes.values()), _places(plan)
    if (
        plan.wires != old.wires
        or list(plan.nodes) != list(old.nodes)
        or any(one.cls is not two.cls for one, two in zip(nodes, old.nodes.values(), strict=True) if one is not two)
        or any(places[name] != part.place for part in before.parts for name in part.nodes)
    ):
        return cut(plan)
    parts = [replace(part, nodes={name: plan.nodes[name] for name in part.nodes}) for part in before.parts]
    return replace(before, parts=parts)


def _bound(plan: Plan, into: Mapping[str, list[str]], stages: set[str]) -> None:
    """Put stages where chains would become too long or too large; see `LONGEST_CHAIN` and `LARGEST_CHAIN`."""
    depth: dict[str, int] = {}
    roots: dict[str, frozenset[str]] = {}
    """Node -> where the chains begin that it is in: at sources and stages."""
    size: Counter[str] = Counter()
    for name in plan.nodes:  # in topological order
        before = into[name]
        longest = 1 + max((depth[source] for source in before), default=0)
        begin = roots[before[0]] if len(before) == 1 else frozenset().union(*(roots[source] for source in before))
        if len(begin) > MOST_ROOTS:
            begin = frozenset(sorted(begin)[:MOST_ROOTS])
        if longest > LONGEST_CHAIN or any(size[root] >= LARGEST_CHAIN for root in begin):
            stages.add(name)
        if name in stages or not before:
            depth[name], roots[name] = 0, frozenset((name,))
            continue
        depth[name], roots[name] = longest, begin
        size.update(begin)


def _places(plan: Plan) -> dict[str, Place]:
    """Say where each node belongs; one that uses an OT device into the field process, beside the guard."""
    devices = {name for name, connection in plan.connections.items() if connection.cls.ot}
    if not devices:
        return dict.fromkeys(plan.nodes, "here")
    return {
        name: "here" if devices.isdisjoint(connection_names(node.cls, node.options)) else "field"
        for name, node in plan.nodes.items()
    }
