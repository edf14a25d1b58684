"""A flow made ready to run: subflows expanded, references resolved, disabled parts left out, node classes found.

The runtime sees plans only, never flow files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowengine.flow.model import Feedback, Queue
from flowengine.node import Connection, Node


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
