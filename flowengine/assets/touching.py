"""What a part touches: the nodes that use it, their tags, and the outputs that would get nothing without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from flowengine.assets.shape import AssetShape
from flowengine.flow.impact import device, graph_of_all
from flowengine.flow.plan import Plan, PlannedNode
from flowengine.node import Node
from flowengine.options import connection_names, schema_of

if TYPE_CHECKING:
    import networkx as nx

Spot = tuple[str, str]
"""A flow and one of its nodes."""


@dataclass(frozen=True)
class Stopped:
    """An output that the end of a part would stop."""

    flow: str
    node: str
    device: str
    """What it leads to: modbus/device 127.0.0.1:5020; empty: no connection."""
    direct: bool
    """Whether it uses the part itself; else what it is told depends on the part."""


@dataclass(frozen=True)
class Touched:
    """What a part touches."""

    flows: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    """`flow/node` of those that use the part themselves."""
    tags: tuple[str, ...] = ()
    """Under which names its values travel: the topic of the nodes, else `flow/node`."""
    outputs: tuple[Stopped, ...] = field(default=())


class Touching:
    """Finds what parts touch, in the plans of all flows."""

    def __init__(self, plans: Mapping[str, Plan], packages: Mapping[str, str]) -> None:
        """`packages` says which package each node type comes from."""
        self._plans, self._packages = plans, packages
        self._graph: nx.DiGraph[Spot] | None = None

    def of(self, asset: AssetShape) -> Touched:
        """Return what an asset touches by itself; what is inside it is asked for itself."""
        users = [(plan.name, id) for plan in self._plans.values() for id in plan.nodes if self._uses(asset, plan, id)]
        if not users:
            return Touched()
        reached = self._downstream(users)
        outputs = [
            Stopped(flow, id, _leads_to(self._plans[flow], id), (flow, id) in users)
            for flow, id in reached
            if self._node(flow, id).cls.kind == "actuator"
        ]
        outputs.sort(key=lambda one: (not one.direct, one.flow, one.node))
        return Touched(
            tuple(dict.fromkeys(flow for flow, _ in users)),
            tuple(f"{flow}/{id}" for flow, id in users),
            tuple(dict.fromkeys(self._tag(flow, id) for flow, id in users if self._node(flow, id).cls.outputs)),
            tuple(outputs),
        )

    def _uses(self, asset: AssetShape, plan: Plan, id: str) -> bool:
        node = plan.nodes[id]
        if asset.connection and asset.connection in connection_names(node.cls, node.options):
            return fits(node.cls, node.options, asset.where)
        if asset.package and self._packages.get(node.cls.type) == asset.package:
            return True
        return any(fnmatchcase(f"{plan.name}/{id}", pattern) for pattern in asset.nodes)

    def _downstream(self, users: list[Spot]) -> list[Spot]:
        import networkx as nx

        if self._graph is None:
            self._graph = graph_of_all({}, self._plans)
        found = dict.fromkeys(users)
        for user in users:
            found |= dict.fromkeys(nx.descendants(self._graph, user))
        return [(flow, id) for flow, id in found if flow in self._plans and id in self._plans[flow].nodes]

    def _node(self, flow: str, id: str) -> PlannedNode:
        return self._plans[flow].nodes[id]

    def _tag(self, flow: str, id: str) -> str:
        topic = self._node(flow, id).options.get("topic")
        return topic if isinstance(topic, str) and topic else f"{flow}/{id}"


def fits(cls: type[Node], options: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Say whether a node's options, defaults filled in, have these values."""
    known = schema_of(cls)["properties"]
    return all(options.get(name, known.get(name, {}).get("default")) == value for name, value in where.items())


def _leads_to(plan: Plan, id: str) -> str:
    node = plan.nodes[id]
    names = connection_names(node.cls, node.options)
    return device(plan.connections[names[0]]) if names else ""
