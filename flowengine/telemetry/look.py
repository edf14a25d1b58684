"""How a flow is at one moment: what its nodes say, what passed, and the newest message at each place."""

from __future__ import annotations

import msgspec

from flowengine.message import Message
from flowengine.node import Level


class Seen(msgspec.Struct, frozen=True, gc=False):
    """The newest message at one place."""

    msg: Message
    at: float
    """When it passed, by the engine's clock: seconds since 1970-01-01 UTC."""
    port: str


class NodeLook(msgspec.Struct, frozen=True, gc=False):
    """One node."""

    level: Level
    text: str
    received: int
    sent: int
    """Messages that left by ports with wires; one that takes several wires counts once for each port."""
    failed: int
    dropped: int
    waiting: int
    newest: Seen | None
    """What left it last (not by its error port), or came to it last if nothing leaves it; None: nobody has seen it."""


class WireLook(msgspec.Struct, frozen=True, gc=False):
    """One wire."""

    passed: int
    failed: bool
    """Whether the last message at its end failed there."""
    newest: Seen | None


class FlowLook(msgspec.Struct, frozen=True):
    """One flow."""

    flow: str
    at: float
    """Seconds since 1970-01-01 UTC."""
    nodes: dict[str, NodeLook]
    wires: dict[str, WireLook]
    """By `source.out>target.port`."""
