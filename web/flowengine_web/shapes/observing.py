"""The engine in figures: health, and what `flowengine top` shows."""

from __future__ import annotations

from flowengine.node import Level
from flowengine_web.shapes.base import Seconds, Shape


class Health(Shape):
    """The engine's loop answers."""

    status: str = "ok"
    restarting: list[str] = []
    """Workers that are being started again just now (`worker 3`, `field process`), for a viewer with their flows."""
    warnings: list[str] = []
    """What needs somebody's attention soon: a certificate that ends."""


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


class ProcessFigures(Shape):
    """A worker, or the field process; counts go on over its restarts."""

    name: str
    """The number of a worker; `field`."""
    flows: list[str]
    up: bool
    """Whether it runs; if not, it is being started again."""
    memory: int
    """Bytes resident."""
    memory_limit: int
    """Bytes; 0: no limit."""
    cpu: float
    """Seconds of processor time."""
    cpu_limit: float
    """Cores, as a mean over a second; 0: no limit."""
    stopped: float
    """Seconds for which it was stopped, because it had used up its share."""
    lag: float
    """Seconds by which its loop was late when it said so last."""
    hang_limit: float
    """Seconds for which it may give no sign of life."""
    falls: dict[str, int]
    """How often it has ended, by reason: hang, memory, signal, exit."""
    why: str
    """What the last fall was; empty: there was none."""


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
    processes: list[ProcessFigures] = []
    """Workers and the field process; none: all flows run in the main process."""
