"""Flows as they run: values, debug stream, faults, dead letters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine.node import Level
from flowengine_web.shapes.base import Seconds, Shape, ValueKind


class InjectRequest(Shape):
    """A message to give to a node; without one, its button is pressed."""

    node: str
    message: dict[str, Any] | None = None
    port: str = ""


class RunRequest(Shape):
    """Start or stop a flow until the next deploy or start of the engine; its file stays as it is."""

    run: bool


class NodeLive(Shape):
    """A node as it is now. In live frames only what changed is sent."""

    level: Level = "off"
    text: str = ""
    received: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    rate: float = 0.0
    """Messages a second that left it (or came to it, if none can leave it)."""
    value: Any = None
    """The newest payload that left it (or came to it), shortened."""
    kind: ValueKind = "null"
    unit: str = ""
    quality: Literal["good", "uncertain", "bad"] = "good"
    time: Seconds = 0.0
    """When the value was taken; 0: there is none yet."""


class WireLive(Shape):
    """A wire as it is now."""

    passed: int = 0
    rate: float = 0.0
    value: Any = None
    kind: ValueKind = "null"
    failed: bool = False
    """Whether the last message over it failed at its end."""


class Live(Shape):
    """One flow as it is now: the snapshot that live frames (event `live`) keep up to date."""

    flow: str
    at: Seconds
    nodes: dict[str, NodeLive]
    wires: dict[str, WireLive]
    """Keyed `source.out>target.port`, ports always named."""
    full: bool = True
    """False in a live frame that holds only what changed. A full one replaces all that was known of the flow."""


class EngineLive(Shape):
    """The engine as it is now (event `engine`)."""

    rate: float
    """Messages a second that came to nodes, all flows."""
    dropped: int
    failed: int
    dead_letters: int
    running: int
    lag: float
    """Milliseconds by which the engine's loop runs late."""
    memory: int
    """Bytes resident."""
    streams: int


class DebugItem(Shape):
    """Something worth reading: a message at a debug node, a failure, a line of a node's log."""

    seq: int
    at: Seconds
    flow: str
    node: str
    level: Literal["value", "info", "warning", "error"]
    text: str = ""
    """What a failure or a log line says."""
    id: str = ""
    """The message's id; /api/traces/{id} shows its way."""
    topic: str = ""
    quality: Literal["good", "uncertain", "bad"] = "good"
    kind: ValueKind = "null"
    value: Any = None
    """The value, shortened to about 2 kB."""
    cut: bool = False
    property: str = ""


class Debug(Shape):
    """The last items of the debug stream (event `debug`)."""

    items: list[DebugItem]
    dropped: int = 0
    """How many were left out because too many came: before these (event), or in all (answer)."""


class Hop(Shape):
    """A message at one place of its way."""

    at: Seconds
    flow: str
    node: str
    port: str
    what: Literal["in", "out", "failed"]
    kind: ValueKind
    value: Any = None
    quality: Literal["good", "uncertain", "bad"] = "good"
    text: str = ""
    """Why it failed."""


class Trace(Shape):
    """The way of a message, and of all that was made from it."""

    id: str
    hops: list[Hop]
    """In order; empty: it was not followed (only some are, when there are very many)."""


class Fault(Shape):
    """A node that is, or was, in trouble; it leaves the list when it is good again and someone has seen it."""

    flow: str
    node: str
    level: Literal["warning", "error"]
    text: str
    since: Seconds
    active: bool
    acknowledged_by: str = ""
    acknowledged_at: Seconds = 0.0


class Faults(Shape):
    """All faults (event `faults`)."""

    faults: list[Fault]


class Place(Shape):
    """A node of a flow."""

    flow: str
    node: str


class Places(Shape):
    """Nodes."""

    places: Annotated[list[Place], Meta(max_length=10_000)]


class DeadLetter(Shape):
    """A message that failed and was kept."""

    id: int
    flow: str
    node: str
    port: str
    reason: str
    kind: str
    time: Seconds
    message: dict[str, Any]


class DeadLetters(Shape):
    """Dead letters, the newest first."""

    letters: list[DeadLetter]
    kept: int
    dropped: int


class Numbers(Shape):
    """Dead letters by number."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]], Meta(max_length=10_000)]


class Replayed(Shape):
    """What became of letters that were asked to be replayed or deleted."""

    done: list[int]
    failed: dict[str, str] = {}
    """Number -> why it stays."""
