"""What all flows of an engine share, and who hears of what happens in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.flow.plan import Plan, PlannedNode
from flowengine.message import Message
from flowengine.node import Connection, Node, Status
from flowengine.options import build
from flowengine.runtime.chains.watched import Budget
from flowengine.runtime.connections import Connections
from flowengine.runtime.failures import Failures
from flowengine.runtime.recorder import Recorder
from flowengine.telemetry.observer import Observer

Build = Callable[[str, PlannedNode, Mapping[str, Connection], Mapping[str, str]], Node]
"""Makes a node of a flow, from its plan, the opened connections and the flow's variables."""


def build_here(
    flow: str, planned: PlannedNode, connections: Mapping[str, Connection], environment: Mapping[str, str]
) -> Node:
    """Make a node that runs in this process.

    Raises:
        ValueError: its options do not fit together.
    """
    return build(planned.cls, planned.options, connections.__getitem__)


@dataclass
class Surroundings:
    """What all flows of an engine share."""

    clock: Clock
    connections: Connections
    failures: Failures
    observer: Observer
    budget: Budget
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """Variables of the process, which nodes see behind those of their flow."""
    shared: MemoryContext = field(default_factory=MemoryContext)
    """The context of scope `global`."""
    on_status: Callable[[str, str, Status], None] = lambda flow, node, status: None
    on_failure: Callable[[str, str, Exception, Message | None], None] = lambda flow, node, error, msg: None
    """Hears of failures that no error port took."""
    on_trouble: Callable[[str, str, Exception], None] = lambda flow, node, error: None
    """Hears of all failures."""
    on_recovery: Callable[[str, str], None] = lambda flow, node: None
    """Hears of each node that has handled a message since it failed one."""
    checkpoints: Path | None = None
    """The folder where flows store what they hold; None: nowhere."""
    recorder: Callable[[Plan, Recorder | None], Recorder | None] = lambda plan, before: None
    """Returns the recorder for a plan: the one before, a new one, or None if the flow is not recorded."""
    on_store: Callable[[str, str], None] = lambda flow, problem: None
    """Hears what is wrong with the store of a flow, and an empty text when it is good again."""
    on_exchange: Callable[[str, Collection[str]], None] = lambda flow, nodes: None
    """Hears which nodes of a flow have been replaced or removed."""
    build: Build = build_here
    """Makes nodes. Workers exchange it for one that makes stand-ins of nodes that run in the field process."""
