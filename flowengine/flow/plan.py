"""A flow made ready to run: subflows expanded, references resolved, disabled parts left out, node classes found.

The runtime sees plans only, never flow files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowengine.errors import FlowInvalid
from flowengine.flow.model import UNLIMITED, DeliveryClass, Feedback, Flow, Limits, Queue
from flowengine.flow.references import Secrets
from flowengine.node import Actuator, AsyncTransform, Connection, Node, Source
from flowengine.options import connection_names
from flowengine.registry import Registry

if TYPE_CHECKING:
    from flowengine.flow.expansion import Expansion
    from flowengine.flow.file import FlowFile
    from flowengine.flow.project import Project


@dataclass(frozen=True)
class PlannedConnection:
    """A connection with its resolved options; two that are equal share one opened connection."""

    name: str
    cls: type[Connection]
    options: dict[str, Any]

    @property
    def key(self) -> str:
        """What makes two connections the same: type and options."""
        import msgspec

        return f"{self.cls.type} {msgspec.json.encode(self.options, order='sorted').decode()}"


@dataclass(frozen=True)
class PlannedNode:
    """A node with its class and its resolved options (connections still by name)."""

    id: str
    cls: type[Node]
    options: dict[str, Any]


@dataclass(frozen=True)
class PlannedWire:
    """A wire with both ports named."""

    source: str
    out: str
    target: str
    port: str
    feedback: Feedback | None = None
    queue: Queue | None = None

    def __hash__(self) -> int:
        return hash((self.source, self.out, self.target, self.port))  # an initial value may not be hashable


@dataclass(frozen=True)
class Plan:
    """What the runtime runs."""

    name: str
    nodes: dict[str, PlannedNode]
    """In topological order: no node before one that feeds it (feedback wires aside)."""
    wires: tuple[PlannedWire, ...]
    """In the order written: a node's targets are served in this order."""
    connections: dict[str, PlannedConnection]
    environment: dict[str, str]
    delivery: DeliveryClass | None = None
    limits: Limits = UNLIMITED
    outgoing: tuple[str, ...] | None = None
    """Hosts that its nodes may reach; None: it has no list of its own."""


def touches_outside(node: PlannedNode) -> bool:
    """Say whether a node has to do with the outside world: it brings, acts, does I/O, or uses a connection."""
    if issubclass(node.cls, Source | Actuator):
        return node.cls.outside
    if issubclass(node.cls, AsyncTransform):
        return True
    return bool(connection_names(node.cls, node.options))


def plan_flow(
    flow: Flow | FlowFile,
    project: Project,
    registry: Registry,
    environment: Mapping[str, str] | None = None,
    secrets: Secrets | None = None,
) -> Plan:
    """Check a flow and make it ready to run.

    `environment` holds the variables of the process, asked after the flow's own; `secrets` returns a secret by name.

    Raises:
        FlowInvalid: the flow, or a subflow in it, has errors; it carries all of them.
    """
    from flowengine.flow.check import examine, used_subflows  # the checks work on what is planned: they import this
    from flowengine.flow.expansion import Surroundings
    from flowengine.flow.file import wrap
    from flowengine.flow.problem import errors

    around = Surroundings(
        project.with_flow(flow), registry, {} if environment is None else environment, secrets or (lambda name: None)
    )
    name = wrap(flow).name
    problems, expansion = examine(name, around)
    found = errors(problems)
    for inner in used_subflows(name, around.project):
        found += errors(examine(inner, around)[0])
    if found or expansion is None:
        raise FlowInvalid(name, list(dict.fromkeys(found)))
    return plan_of(expansion)


def plan_of(expansion: Expansion) -> Plan:
    """Return the plan of a flow that has been checked; neither it nor a subflow in it may have an error."""
    flow = expansion.file.flow
    assert flow is not None
    assert expansion.order is not None  # a loop is an error, which the check has found
    return Plan(
        flow.name,
        {node: expansion.nodes[node].planned for node in expansion.order},
        tuple(expansion.wires),
        _connections(expansion),
        expansion.environment,
        flow.delivery,
        flow.limits,
        flow.outgoing,
    )


def sound_plans(
    project: Project, registry: Registry, environment: Mapping[str, str], secrets: Secrets | None = None
) -> dict[str, Plan]:
    """Return the plans of all flows of a project that have no errors, by name."""
    found = {}
    for flow in project.runnable():
        with contextlib.suppress(FlowInvalid):
            found[flow.name] = plan_flow(flow, project, registry, environment, secrets)
    return found


def _connections(expansion: Expansion) -> dict[str, PlannedConnection]:
    connections: dict[str, PlannedConnection] = {}
    used = {name for node in expansion.nodes.values() for name in node.connections.values()}
    for name, placed in expansion.connections.items():
        if name not in used:
            continue
        assert placed.cls is not None
        connections[name] = PlannedConnection(name, placed.cls, placed.resolved.value)
    return connections
