"""What expanding a flow begins with and what becomes of it: nodes in their place, instances, connections, wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flowengine.flow.file import FlowFile
from flowengine.flow.model import ConnectionSpec, Interface, NodeSpec
from flowengine.flow.plan import PlannedNode, PlannedWire
from flowengine.flow.ports import Ports, input_ports, output_ports
from flowengine.flow.problem import Findings
from flowengine.flow.project import Project
from flowengine.flow.references import Resolved, Secrets
from flowengine.node import Connection, Node
from flowengine.registry import Registry

End = tuple[str, str]
"""A node and one of its ports."""


def split_end(text: str) -> End:
    """Read `node` or `node.port`."""
    node, _, port = text.partition(".")
    return node, port


@dataclass(frozen=True)
class Surroundings:
    """What a flow is checked and planned in. None: not known here, so not judged."""

    project: Project
    registry: Registry
    environment: Mapping[str, str] | None = None
    secrets: Secrets | None = None


class PlannedName(str):
    """The name of a connection that has been found already, in the flow around."""


@dataclass
class Placed:
    """A node in its place; once it has been made only `sound` changes."""

    id: str
    flow: str
    """The name of the flow it stands in; inside an instance that of the subflow."""
    key: str
    """Its id there."""
    spec: NodeSpec
    cls: type[Node] | None
    """None: no such type is installed, or it is no node."""
    resolved: Resolved
    connections: dict[str, str] = field(default_factory=dict)
    """Option -> planned name of the connection it asks for; "" when there is none of that name."""
    sound: bool = False
    """Whether it has been checked, and nothing was found."""

    @property
    def inner(self) -> bool:
        """Whether it stands inside an instance of a subflow."""
        return self.id != self.key

    @property
    def lasts(self) -> bool:
        """Whether nothing outside of the flow can change it: it refers to nothing."""
        return self.resolved.value is self.spec.options

    @property
    def options(self) -> dict[str, Any]:
        """The options with references resolved; connections by their planned name."""
        options: dict[str, Any] = self.resolved.value
        return {**options, **self.connections} if self.connections else options

    @cached_property
    def planned(self) -> PlannedNode:
        """What the runtime gets of it."""
        assert self.cls is not None
        return PlannedNode(self.id, self.cls, self.options)

    @cached_property
    def inputs(self) -> Ports | None:
        """Its input ports, None when they are not known."""
        return input_ports(self.cls, self.resolved.value, self.resolved.complete) if self.cls else None

    @cached_property
    def outputs(self) -> Ports | None:
        """Its output ports, None when they are not known."""
        return output_ports(self.cls, self.resolved.value, self.resolved.complete) if self.cls else None


@dataclass
class PlacedConnection:
    """A connection that something uses, or that the flow declares."""

    name: str
    spec: ConnectionSpec
    cls: type[Connection] | None
    resolved: Resolved
    shared: bool


@dataclass
class Block:
    """An instance of a subflow: where wires to and from it go."""

    interface: Interface
    inputs: dict[str, list[End]] = field(default_factory=dict)
    outputs: dict[str, list[End]] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)
    """The nodes inside whose error port nobody has wired there."""


@dataclass
class Expansion:
    """What became of a flow."""

    file: FlowFile
    environment: dict[str, str] = field(default_factory=dict)
    environment_faults: Resolved = field(default_factory=lambda: Resolved({}))
    nodes: dict[str, Placed] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    """Instances of subflows in the flow itself, by their id."""
    instances: dict[str, Resolved] = field(default_factory=dict)
    """The resolved options of those."""
    disabled: dict[str, Placed] = field(default_factory=dict)
    """Nodes of the flow itself that do not run."""
    wires: list[PlannedWire] = field(default_factory=list)
    connections: dict[str, PlacedConnection] = field(default_factory=dict)
    too_large: bool = False
    order: list[str] | None = None
    """The nodes in topological order, once the check has found that there are no loops."""
    wired_as_before: bool = False
    """Whether it was taken over how nodes are wired."""
    about_wires: Findings | None = None
    """What the check has found about wires and the graph they make."""
