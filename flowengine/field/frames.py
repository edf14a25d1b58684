"""What a worker and the field process say to each other, and what the field process hears from its parent."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from flowengine.message import Message
from flowengine.node import Level
from flowengine.processes.frames import Beat, Connected, Debugged, Logged, StopAll
from flowengine.processes.link import Frame, decoder_of

STOPS: Final = b"emergency stop"
"""What comes by the door with a socket at which the emergency stop can be pressed; no worker is called so."""

# --- parent to field process ---


class SetupField(Frame):
    """What the field process needs before its first worker; a request."""

    log_level: int
    guard: bytes = b""
    """A `GuardSetup`, packed; empty: there is no envelope, and everything is let through."""


class GuardExchange(Frame):
    """Take a changed envelope into force while all goes on; a request, refused where that cannot be."""

    guard: bytes
    """A `GuardSetup`."""


class StopKeys(Frame):
    """How presses of the emergency stop beside the web server are judged; a request, before its sockets."""

    way: bytes
    """A `StopWay`."""


class GuardAct(Frame):
    """What a person asks of the guard; a request, answered with what is to be known of it."""

    act: bytes


class GuardLook(Frame):
    """How does the guard stand? A request."""


# --- field process to parent ---


class GuardTold(Frame):
    """Something that people must hear of."""

    kind: str
    output: str
    text: str
    by: str
    details: dict[str, Any] | None = None


# --- parent to field process, by the door ---


class Joined(msgspec.Struct, frozen=True, array_like=True):
    """Who is at the other end of the socket that comes with it: it is the parent who says so, never the worker."""

    worker: str
    epoch: int
    """Grows from worker to worker: the fencing number of all its commands."""


# --- worker to field process ---


class Alive(Frame):
    """The worker's loop gets on; ten times a second."""


class Open(Frame):
    """Start a node; a request, answered with its concurrency and its `Retry`, which the stand-in takes over."""

    number: int
    """The number by which the worker names the node from now on."""
    flow: str
    node: str
    node_type: str
    options: bytes
    connections: bytes
    """Name -> (type, options) of each connection that the options name."""
    environment: dict[str, str]
    state: bytes = b""
    """What it remembered when that was told last; empty: nothing."""


class Close(Frame):
    """Stop a node; a request."""

    number: int


class Read(Frame):
    """Begin to read a source, or let it yield so many more batches."""

    number: int
    credit: int


class Unread(Frame):
    """Stop reading a source."""

    number: int


class Finished(Frame):
    """The flow has finished with messages of a source."""

    number: int
    marks: list[int]


class Command(Frame):
    """Write a message; a request, answered when the device has it."""

    number: int
    port: str
    msg: Message


class Process(Frame):
    """Give a message to a transform; a request, answered with ports and messages."""

    number: int
    port: str
    msg: Message


# --- field process to worker ---


class Brought(Frame):
    """What a source has yielded. `mark` is the number of the first message; the others count on from there."""

    number: int
    mark: int
    messages: list[Message]


class Over(Frame):
    """A source has come to its end, or has broken."""

    number: int
    kind: str
    """The error's class; empty: it has ended."""
    text: str


class Stated(Frame):
    """A node's status."""

    number: int
    level: Level
    text: str


class ConnectionStated(Frame):
    """The status of a connection that a node uses, by its name in the flow."""

    number: int
    connection: str
    level: Level
    text: str


class Remembered(Frame):
    """What a node remembers now; told once a second where it has changed, and when the node is closed."""

    number: int
    state: bytes


class Showed(Frame):
    """What a node shows in the debug stream."""

    number: int
    value: Any
    msg: Message | None
    property: str


class Said(Frame):
    """A warning or error of a node's log, for the debug stream."""

    number: int
    level: Level
    text: str


class Dropped(Frame):
    """Messages that a node gives up."""

    number: int
    reason: str
    count: int
    meant: bool


class Emitted(Frame):
    """A message that a node sends by itself."""

    number: int
    port: str
    msg: Message


class FailedAlone(Frame):
    """A failure outside the handling of a message."""

    number: int
    kind: str
    text: str
    msg: Message | None


from_parent = decoder_of(SetupField, GuardExchange, StopKeys, GuardAct, GuardLook, StopAll)
to_parent = decoder_of(Beat, Logged, Debugged, Connected, GuardTold)
from_worker = decoder_of(Alive, Open, Close, Read, Unread, Finished, Command, Process)
from_field = decoder_of(
    Brought, Over, Stated, ConnectionStated, Remembered, Showed, Said, Dropped, Emitted, FailedAlone
)
