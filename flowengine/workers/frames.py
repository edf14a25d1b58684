"""What the parent and a worker say to each other."""

from __future__ import annotations

from typing import Any, Literal

from flowengine.message import Message
from flowengine.node import Level
from flowengine.processes.frames import Beat as Beat
from flowengine.processes.frames import Connected as Connected
from flowengine.processes.frames import Debugged as Debugged
from flowengine.processes.frames import Logged as Logged
from flowengine.processes.frames import StopAll as StopAll
from flowengine.processes.link import Frame, decoder_of
from flowengine.telemetry.look import FlowLook

# --- parent to worker ---


class Setup(Frame):
    """What a worker needs before its first flow; a request."""

    environment: dict[str, str]
    dead_letters: str
    checkpoints: str
    """Empty: flows hold what they have in memory alone."""
    recordings: str
    """Where it is kept what flows at machines are told; empty: nowhere."""
    shared: dict[str, Any]
    """The context of scope `global`."""
    memory: int
    """Bytes of memory; 0: no limit."""
    log_level: int
    field: bool
    """Whether nodes that use OT devices run in the field process, whose socket comes by the door."""


class DeployFlow(Frame):
    """Run a plan; a request, answered with the three lists of a DeployOutcome."""

    plan: bytes
    mode: Literal["nodes", "flows"]
    drain: float
    taps: list[str]
    """Nodes whose messages the parent wants to see."""
    changes: str = ""
    """The flow whose running plan this is a change of; empty: it is whole."""


class UndeployFlow(Frame):
    """Stop a flow; a request."""

    flow: str
    drain: float
    forget: bool
    aside: bool


class Inject(Frame):
    """Give a message to a node, or press its button; a request."""

    flow: str
    node: str
    msg: Message | None
    port: str


class Operate(Frame):
    """Do what an operator did to a widget; a request."""

    flow: str
    node: str
    value: Any


class AskWay(Frame):
    """Say where a message was; a request, answered with hops."""

    id: str


class Refresh(Frame):
    """Say everything that is new, then answer; a request."""


class Watching(Frame):
    """Which flows are watched, and whether somebody looks at widgets."""

    flows: list[str]
    widgets: bool


class Shared(Frame):
    """A value of the context `global` that another has set; None: forgotten. Both ways."""

    key: str
    value: Any


# --- worker to parent ---


class Looked(Frame):
    """How a flow is: what changed since the last time, or everything."""

    flow: FlowLook
    """With the nodes and wires that are not as they were."""
    whole: bool
    """Whether these are all there are."""
    ended: bool


class WidgetPlace(Frame):
    """A widget of a flow."""

    node: str
    kind: str
    title: str
    grows: bool
    options: dict[str, Any]
    serial: int
    """Another one when the node has begun anew."""


class Widgets(Frame):
    """All widgets of a flow, after each deploy."""

    flow: str
    widgets: list[WidgetPlace]


class Shown(Frame):
    """What a widget shows: everything (`since` is 0 of one that grows), or what came after a mark."""

    flow: str
    node: str
    value: Any
    since: int = 0
    mark: int = 0


class Told(Frame):
    """One event for the list of faults."""

    what: Literal["status", "failed", "passed", "started", "removed"]
    flow: str
    node: str
    level: Level = "ok"
    text: str = ""


class Faulted(Frame):
    """Events for the list of faults, in order."""

    events: list[Told]


class Tapped(Frame):
    """Messages at a node that the parent taps: input port and message."""

    flow: str
    node: str
    messages: list[tuple[str, Message]]


from_parent = decoder_of(
    Setup, DeployFlow, UndeployFlow, StopAll, Inject, Operate, AskWay, Refresh, Watching, Shared
)  # fmt: skip
from_worker = decoder_of(
    Beat, Looked, Widgets, Shown, Debugged, Faulted, Logged, Tapped, Connected, Shared
)  # fmt: skip
