"""Which machines a change can reach: the OT actuators downstream of all that differs between two plans."""

from __future__ import annotations

from flowengine.flow.graph import graph_of, reached
from flowengine.flow.plan import Plan, PlannedConnection, PlannedNode
from flowengine.options import connection_names, schema_of
from flowengine.service.answers import Reach


def reaches(old: Plan | None, new: Plan | None) -> list[Reach]:
    """Return the actuators at machines that a change from one plan to another can reach; None: nothing runs."""
    found: dict[str, Reach] = {}
    if new is not None:
        begin = _changed(old, new)
        graph = graph_of(new.nodes, ((wire.source, wire.target) for wire in new.wires))
        for name in reached(graph, begin):
            _add(found, new, name)
    if old is not None:  # what commands a machine no longer reaches it too
        for name in old.nodes:
            if new is None or name not in new.nodes:
                _add(found, old, name)
    return [found[name] for name in sorted(found)]


def _changed(old: Plan | None, new: Plan) -> set[str]:
    """Return the nodes of the new plan that differ, or get or lose messages by another wire."""
    if old is None or old.environment != new.environment:
        return set(new.nodes)
    found = {name for name, node in new.nodes.items() if _differs(name, node, old, new)}
    before, after = list(old.wires), list(new.wires)
    if before != after:
        ends = {wire.target for wire in after if wire not in before} | {w.target for w in before if w not in after}
        if not ends:  # the same wires in another order: targets are served in that order
            ends = {wire.target for was, wire in zip(before, after, strict=True) if was != wire}
        found |= ends & new.nodes.keys()
    return found


def _differs(name: str, node: PlannedNode, old: Plan, new: Plan) -> bool:
    before = old.nodes.get(name)
    if before is None or before != node:
        return True
    return any(old.connections.get(one) != new.connections.get(one) for one in connection_names(node.cls, node.options))


def _add(found: dict[str, Reach], plan: Plan, name: str) -> None:
    node = plan.nodes[name]
    if node.cls.kind != "actuator":
        return
    for one in connection_names(node.cls, node.options):
        connection = plan.connections.get(one)
        if connection is not None and connection.cls.ot:
            found[name] = Reach(plan.name, name, node.cls.type, one, _device(connection))
            return


def _device(connection: PlannedConnection) -> str:
    """Say what a connection leads to: its type and, where it has them, host and port. All else may be secret."""
    known = schema_of(connection.cls)["properties"]
    options = {key: known[key].get("default") for key in ("host", "port") if key in known} | connection.options
    place = ":".join(str(options[key]) for key in ("host", "port") if isinstance(options.get(key), str | int))
    return f"{connection.cls.type} {place}".strip()
