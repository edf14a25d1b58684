"""What a chain is compiled from: the nodes and wires of its part, and where messages go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flowengine.flow.plan import PlannedWire
from flowengine.message import Message
from flowengine.node import Node
from flowengine.runtime.chains.message import Stamps
from flowengine.runtime.channel import Put
from flowengine.runtime.delivery import Delivery

Target = tuple[str, str]
"""A node and its input port."""

Fail = Callable[[str, Exception, Message, Delivery | None], None]
"""Told of each failure: node, error, the message as it came to the node, and its delivery."""


@dataclass
class World:
    """What the compiler needs to know of the flow around a chain."""

    nodes: Mapping[str, Node]
    outputs: Mapping[str, list[str]]
    """Node -> its output ports, the default one first."""
    wires_from: Mapping[tuple[str, str], list[PlannedWire]]
    ways_in: Mapping[str, int]
    puts: Callable[[PlannedWire], Put | None]
    """The function that fills the inbox of a wire's target, or None if the target is no stage."""
    registers: Mapping[PlannedWire, list[Message]]
    """Feedback wire -> the place (a list of at most one) where its message waits."""
    fail: Fail
    taps: Mapping[str, Callable[[str, str, Message], None]] = field(default_factory=dict)
    """Node -> a function that sees each message (node, port, message) before the node does."""
    stamps: Callable[[int], Stamps] = lambda size: (0.0, "", [""] * size)
    """Gives a time and ids for a batch of that size that comes from a source."""
