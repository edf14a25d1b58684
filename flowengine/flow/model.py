"""The flow model: what a flow file says, as immutable values.

Ids of nodes are short readable names (`temperature`, `hold-180`); a `.` separates a node from its port in wires, a
`/` an instance of a subflow from the node inside it once the flow has been expanded (`zone-1/scale`).
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

VERSION = 1
"""The version of the flow file format, under the key `flowengine`."""

ERROR_PORT = "error"
"""Every node with inputs, and every source, has this output port: messages that failed leave by it when it is wired."""

DeliveryClass = Literal["at-most-once", "at-least-once", "effectively-once"]
"""How often what comes into a flow reaches its sinks, over crashes too."""

WhenFull = Literal["block", "drop-oldest", "drop-newest", "spill"]

WhenSpillFull = Literal["block", "drop-oldest", "drop-newest", "dead-letter"]


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """The bounded queue of a wire that crosses between parts."""

    size: int = 1000
    """Messages at most."""
    full: WhenFull = "block"
    """What happens to one message too many; a dropped one is counted, a spilled one goes to disk."""
    spill_size: int = 1_000_000
    """With spill: messages at most, those on disk and those in memory together."""
    spill_full: WhenSpillFull = "block"
    """With spill: what happens to one message too many for that."""
    max_age: float | None = None
    """Seconds since a message's own time after which it is no longer handled, but fails. None: no limit."""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """Makes a wire carry the previous message: the only way to close a loop."""

    initial: Any = None
    """The payload that the wire carries before the first message."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the process of a flow may take. None: as much as the engine was started with."""

    memory: int | None = None
    """Megabytes (of 1,048,576 bytes); 0: as many as it wants."""
    cpu: float | None = None
    """Processor cores, as a mean over a second; 0: as many as it wants."""
    hang: float | None = None
    """Seconds without a sign of life after which it is ended and started again."""


UNLIMITED: Final = Limits()
"""What a flow says that states no limits of its own."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """From an output port to an input port. An empty port name means the first port of the node."""

    source: str
    out: str = ""
    target: str
    port: str = ""
    feedback: Feedback | None = None
    queue: Queue | None = None
    disabled: bool = False


class NodeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A node as written in the file."""

    type: str
    options: dict[str, Any] = {}
    disabled: bool = False
    note: str = ""


class ConnectionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as written in the file."""

    type: str
    options: dict[str, Any] = {}
    note: str = ""


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a flow usable as a node in other flows (`"type": "flow/<name>"`)."""

    parameters: dict[str, dict[str, Any]] = {}
    """Name -> JSON Schema of the parameter; options inside refer to it as `${parameter:name}`."""
    inputs: dict[str, list[str]] = {}
    """Input port -> the inner input ports (`node` or `node.port`) that it feeds."""
    outputs: dict[str, list[str]] = {}
    """Output port -> the inner output ports (`node` or `node.port`) that feed it."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow."""

    name: str
    note: str = ""
    disabled: bool = False
    """Whether it is left out when the folder runs."""
    delivery: DeliveryClass | None = None
    """None: at least once where sources can bring messages again, at most once where they cannot."""
    limits: Limits = UNLIMITED
    subflow: Interface | None = None
    outgoing: tuple[str, ...] | None = None
    """Hosts that its nodes may reach (see `flowengine/outgoing.py`). None: any that its author writes down."""
    environment: dict[str, str] = {}
    """Variables of this flow; they stand before the process's environment."""
    connections: dict[str, ConnectionSpec] = {}
    nodes: dict[str, NodeSpec] = {}
    wires: tuple[Wire, ...] = ()
    layout: dict[str, Any] = {}
    """Where boxes stand in the canvas; never looked at by the engine."""
