"""The engine in figures: health, and what `flowengine top` shows."""

from __future__ import annotations

from flowengine.node import Level
from flowengine_web.shapes.base import Seconds, Shape


class Health(Shape):
    """The engine's loop answers."""

    status: str = "ok"


class Ready(Shape):
    """All flows that should run do, and what should be kept can be."""

    status: str = "ready"


class NodeFigures(Shape):
    """One node; counts are since its start."""

    level: Level
    text: str
    received: int
    sent: int
    failed: int
    dropped: int
    """Messages that are lost."""
    drops: dict[str, int]
    """By reason, how many ended here because of a limit, meant or not."""
    waiting: int
    limit: int
    """How many may wait; 0: it has no queue."""
    age: float
    """Seconds since the reading of the oldest that waits."""
    retries: int
    restarts: int


class LatencyFigures(Shape):
    """From source to end: messages in buckets with fixed bounds (see the metrics), and the sum of their seconds."""

    buckets: list[int]
    seconds: float


class CheckpointFigures(Shape):
    """What a flow stores."""

    written: int
    bytes: int
    seconds: float
    """How long the last one took."""
    age: float
    """Seconds since the instant of which everything is on disk."""
    problem: str


class ConnectionFigures(Shape):
    """One connection."""

    type: str
    level: Level
    text: str


class FlowFigures(Shape):
    """One flow that runs or should."""

    problem: str
    """Why it does not run; empty: it does."""
    nodes: dict[str, NodeFigures]
    latency: LatencyFigures
    connections: dict[str, ConnectionFigures]
    checkpoint: CheckpointFigures | None = None


class EngineFigures(Shape):
    """The engine in figures."""

    version: str
    at: Seconds
    started: Seconds
    lag: float
    """Seconds by which the loop was late at worst in the last 10 s."""
    memory: int
    """Bytes resident."""
    faults: int
    dead_letters: int
    dead_letters_dropped: int
    debug_dropped: int
    streams: int
    stores: list[str]
    """Why something cannot be stored."""
    flows: dict[str, FlowFigures]
