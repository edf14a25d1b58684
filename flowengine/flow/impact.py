"""Which outputs a change can reach: everything downstream of all that differs, by wires and beside them.

Pure: it looks at the plans of all flows before and after. The graph holds the edges of both, since what was taken away
is missing downstream too. Beside wires, changes spread by shared values, topics, links and whatever else nodes meet by
(`meeting.py`), within a flow and between flows; and from a display to the control that reads it.
Not followed: what a machine does and another sensor then sees, and what leaves the project and comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flowengine.flow.meeting import meetings, overlap
from flowengine.flow.ownership import Owner, Ownership
from flowengine.flow.plan import Plan, PlannedConnection, PlannedNode
from flowengine.options import connection_names, schema_of

if TYPE_CHECKING:
    import networkx as nx

Spot = tuple[str, str]
"""A flow and one of its nodes; or a place where nodes meet, and its name."""

_WIDE: Final = ("global", "engine")
"""Places that all flows share."""


@dataclass(frozen=True)
class Output:
    """An actuator that a change can reach."""

    flow: str
    node: str
    type: str
    connection: str
    device: str
    """What the connection leads to: modbus/device 127.0.0.1:5020."""
    owner: Owner
    via: tuple[str, ...] = ()
    """The shortest way from what differs: `flow/node`, or the place where nodes meet; the output itself comes last."""


@dataclass(frozen=True)
class Impact:
    """What a change can reach."""

    changed: tuple[str, ...] = ()
    """`flow/node` of all that differs."""
    outputs: tuple[Output, ...] = ()

    @property
    def machines(self) -> tuple[Output, ...]:
        """The outputs that belong to OT."""
        return tuple(one for one in self.outputs if one.owner == "ot")


def impact(
    before: Mapping[str, Plan],
    after: Mapping[str, Plan],
    ownership: Ownership | None = None,
    was: Ownership | None = None,
) -> Impact:
    """Return what the change from some plans to others can reach.

    An output belongs to OT if it does by the rule that is to come (`ownership`) or by the one before (`was`).
    """
    rules = (ownership or Ownership(), was or ownership or Ownership())
    starts = differing(before, after)
    graph = graph_of_all(before, after, rules)
    came = _spread(graph, starts)
    outputs = []
    for flow, node in came:
        plans = [plans[flow] for plans in (after, before) if flow in plans and node in plans[flow].nodes]
        plans = [plan for plan in plans if _acts(plan.nodes[node])]
        if plans:
            owner: Owner = "ot" if any(r.node(p, node) == "ot" for r in rules for p in plans) else "it"
            outputs.append(_output(plans[0], node, owner, _way((flow, node), came)))
    outputs.sort(key=lambda one: (one.owner != "ot", one.flow, one.node))
    return Impact(tuple(f"{flow}/{node}" for flow, node in starts), tuple(outputs))


def differing(before: Mapping[str, Plan], after: Mapping[str, Plan]) -> list[Spot]:
    """Return the nodes that differ, came or went, or get messages by other wires than before."""
    found: dict[Spot, None] = {}
    for flow in dict.fromkeys([*after, *before]):
        old, new = before.get(flow), after.get(flow)
        if old is new:
            continue
        if old is None or new is None or _runs_otherwise(old, new):
            nodes = (*(new.nodes if new else ()), *(old.nodes if old else ()))
            found |= dict.fromkeys((flow, node) for node in nodes)
            continue
        found |= dict.fromkeys((flow, node) for node in old.nodes if node not in new.nodes)
        found |= dict.fromkeys((flow, node) for node in new.nodes if _differs(node, old, new))
        found |= dict.fromkeys((flow, node) for node in _fed_otherwise(old, new))
    return list(found)


def graph_of_all(
    before: Mapping[str, Plan], after: Mapping[str, Plan], rules: Sequence[Ownership] = ()
) -> nx.DiGraph[Spot]:
    """Return the graph of all flows, before and after in one, with the places where nodes meet as vertices too."""
    import networkx as nx

    graph: nx.DiGraph[Spot] = nx.DiGraph()
    gives: dict[Spot, list[Spot]] = {}
    takes: dict[Spot, list[Spot]] = {}
    for plans in (before, after):
        for plan in plans.values():
            if plans is after and before.get(plan.name) is plan:
                continue
            graph.add_nodes_from((plan.name, node) for node in plan.nodes)
            graph.add_edges_from(((plan.name, w.source), (plan.name, w.target)) for w in plan.wires)
            for id, node in plan.nodes.items():
                for way, name in meetings(node.cls, node.options):
                    if way == "takes" and name.startswith("shown/"):
                        graph.add_edge((plan.name, _beside(id, name.removeprefix("shown/"))), (plan.name, id))
                        continue
                    for place in _places(plan, node, name, rules):
                        (gives if way == "gives" else takes).setdefault(place, []).append((plan.name, id))
    _join(graph, gives, takes)
    return graph


def _join(graph: nx.DiGraph[Spot], gives: Mapping[Spot, list[Spot]], takes: Mapping[Spot, list[Spot]]) -> None:
    """Let each place that is given to feed those who take from it."""
    by_scope: dict[str, list[Spot]] = {}
    for place in takes:
        by_scope.setdefault(place[0], []).append(place)
    for place, givers in gives.items():
        meant = [other for other in by_scope.get(place[0], ()) if overlap(place[1], other[1])]
        if meant:
            given, taken = (f"\0gives {place[0]}", place[1]), f"\0takes {place[0]}"
            graph.add_edges_from((giver, given) for giver in givers)
            graph.add_edges_from((given, (taken, other[1])) for other in meant)
            graph.add_edges_from(((taken, other[1]), taker) for other in meant for taker in takes[other])


def _places(plan: Plan, node: PlannedNode, name: str, rules: Sequence[Ownership]) -> Iterable[Spot]:
    """Return the places that a name stands for, with all that keeps them apart from others of that name.

    A machine of OT's is none: what is given to it is an output, where the search has come to its end.
    """
    scope, _, rest = name.partition("/")
    if scope == "connection":
        for one in connection_names(node.cls, node.options):
            connection = plan.connections.get(one)
            if connection is not None and not all(rule.connection(plan, one) == "ot" for rule in rules):
                yield (device(connection) or connection.key, rest)
    elif scope in _WIDE:
        yield (scope, rest)
    else:
        yield (f"{scope} of {plan.name}", rest)


def _beside(id: str, name: str) -> str:
    """Return the id of a node that another names: inside a subflow they stand in the same instance."""
    prefix, stroke, _ = id.rpartition("/")
    return f"{prefix}{stroke}{name}"


def _spread(graph: nx.DiGraph[Spot], starts: Iterable[Spot]) -> dict[Spot, Spot | None]:
    """Return all that is reached, each with what it was reached from; the nearest first."""
    came: dict[Spot, Spot | None] = dict.fromkeys(starts)
    edge = list(came)
    while edge:
        following: list[Spot] = []
        for spot in edge:
            for target in graph.successors(spot) if spot in graph else ():
                if target not in came:
                    came[target] = spot
                    following.append(target)
        edge = following
    return came


def _way(end: Spot, came: Mapping[Spot, Spot | None]) -> tuple[str, ...]:
    way: list[str] = []
    spot: Spot | None = end
    while spot is not None:
        scope, name = spot
        if not scope.startswith("\0takes"):
            way.append(f"{scope.removeprefix(chr(0) + 'gives ')}/{name}")
        spot = came[spot]
    return tuple(reversed(way))


def _runs_otherwise(old: Plan, new: Plan) -> bool:
    """Say whether a flow as a whole runs in another way: its variables, its delivery, its limits, its reach."""
    bare_old, bare_new = ({**vars(p), "nodes": 0, "wires": 0, "connections": 0} for p in (old, new))
    return bare_old != bare_new


def _differs(id: str, old: Plan, new: Plan) -> bool:
    node, before = new.nodes[id], old.nodes.get(id)
    if before is not node and before != node:
        return True
    return any(old.connections.get(one) != new.connections.get(one) for one in connection_names(node.cls, node.options))


def _fed_otherwise(old: Plan, new: Plan) -> set[str]:
    """Return the nodes that get or lose messages by another wire, or in another order."""
    if old.wires == new.wires:
        return set()
    before, after = set(old.wires), set(new.wires)
    ends = {wire.target for wire in new.wires if wire not in before} | {w.target for w in old.wires if w not in after}
    if not ends:  # the same wires in another order: targets are served in that order
        ends = {wire.target for was, wire in zip(old.wires, new.wires, strict=False) if was != wire}
    return ends


def _acts(node: PlannedNode) -> bool:
    """Say whether a node acts on the outside world: an actuator, or a transform that gives to its connection."""
    if node.cls.kind != "transform":
        return node.cls.kind == "actuator"
    return any(way == "gives" and name.startswith("connection/") for way, name in meetings(node.cls, node.options))


def _output(plan: Plan, id: str, owner: Owner, via: tuple[str, ...]) -> Output:
    node = plan.nodes[id]
    names = connection_names(node.cls, node.options)
    name = next((one for one in names if plan.connections[one].cls.ot), names[0] if names else "")
    leads = device(plan.connections[name]) if name else ""
    return Output(plan.name, id, node.cls.type, name, leads, owner, via)


def device(connection: PlannedConnection) -> str:
    """Say what a connection leads to: its type and, where it has them, host and port. All else may be secret."""
    known = schema_of(connection.cls)["properties"]
    options = {key: known[key].get("default") for key in ("host", "port") if key in known} | connection.options
    place = ":".join(str(options[key]) for key in ("host", "port") if isinstance(options.get(key), str | int))
    return f"{connection.cls.type} {place}".strip()
