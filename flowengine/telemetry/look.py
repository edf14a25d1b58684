"""How a flow is at one moment: what its nodes say, what passed, and the newest message at each place."""

from __future__ import annotations

import msgspec

from flowengine.message import Message
from flowengine.node import Level
from flowengine.telemetry.latency import LatencyLook


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
    """Messages that were lost here."""
    waiting: int
    newest: Seen | None
    """What left it last (not by its error port), or came to it last if nothing leaves it; None: nobody has seen it."""
    drops: dict[str, int] = {}
    """By reason, how many ended here because of a limit: the lost ones, and those that were meant to."""
    limit: int = 0
    """Messages that may wait for it; 0: it has no inbox."""
    age: float = 0.0
    """Seconds since the reading of the oldest message that waits."""
    retries: int = 0
    """Writes that were tried again."""
    restarts: int = 0
    """How often a source that broke was started again."""


class WireLook(msgspec.Struct, frozen=True, gc=False):
    """One wire."""

    passed: int
    failed: bool
    """Whether the last message at its end failed there."""
    newest: Seen | None


class ConnectionLook(msgspec.Struct, frozen=True, gc=False):
    """One connection that a flow uses."""

    type: str
    level: Level
    text: str


class CheckpointLook(msgspec.Struct, frozen=True, gc=False):
    """The checkpoints of one flow since its start."""

    written: int
    bytes: int
    """What was written, all together."""
    seconds: float
    """How long the last one took, from its instant until it was on disk."""
    age: float
    """Seconds since the instant of which everything is on disk."""
    problem: str
    """Why nothing can be stored; empty: it can."""


class ProcessLook(msgspec.Struct, frozen=True):
    """One process that is looked after: a worker, or the field process. What is counted goes on over its restarts."""

    name: str
    """The number of a worker; `field`."""
    up: bool
    """Whether it runs; if not, it is being started again."""
    memory: int
    """Bytes resident."""
    memory_limit: int
    """Bytes that it may have; 0: no limit."""
    cpu: float
    """Seconds of processor time."""
    cpu_limit: float
    """Cores that it may use, as a mean over a second; 0: no limit."""
    stopped: float
    """Seconds for which it was stopped, because it had used up its share."""
    lag: float
    """Seconds by which its loop was late when it said so last."""
    hang_limit: float
    """Seconds for which it may give no sign of life."""
    flows: tuple[str, ...] = ()
    falls: dict[str, int] = {}
    """How often it has ended, by reason: hang, memory, signal, exit."""
    why: str = ""
    """What the last fall was; empty: there was none."""


class FlowLook(msgspec.Struct, frozen=True):
    """One flow."""

    flow: str
    at: float
    """Seconds since 1970-01-01 UTC."""
    nodes: dict[str, NodeLook]
    wires: dict[str, WireLook]
    """By `source.out>target.port`."""
    latency: LatencyLook = LatencyLook()
    checkpoint: CheckpointLook | None = None
    """None: the flow has none."""
    connections: dict[str, ConnectionLook] = {}
    """By their name in the flow."""
    restarts: int = 0
    """How often the process that it runs in was started again; 0 where it has none of its own."""
