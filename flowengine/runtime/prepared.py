"""A flow's next wiring, complete before anything that runs is touched."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.flow.plan import Plan, PlannedWire
from flowengine.message import Message
from flowengine.node import Node
from flowengine.runtime.channel import Channel
from flowengine.runtime.cut import Cut
from flowengine.runtime.wiring import Tap, Wiring


@dataclass
class Prepared:
    """A plan wired and compiled, ready to take the place of what runs."""

    plan: Plan
    nodes: dict[str, Node]
    inboxes: dict[str, Channel]
    registers: dict[PlannedWire, list[Message]]
    wirings: dict[str, Wiring]
    """By place."""
    taps: dict[str, Tap]
    touched: set[str]
    """Nodes that differ from what runs, or whose inboxes or wires do."""
    cut: Cut
    outputs: dict[str, list[str]]
    """Node -> the names of its output ports."""
