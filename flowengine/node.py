"""The four kinds of node and the life of a node.

A node is one class: its annotated fields are its options (form and JSON Schema are made from them), its docstring is
its help. Fields marked `State[...]` are what it remembers between messages; the engine may keep them over a restart.

The life of a node, always on the engine's event loop::

    Node(**options)     no I/O, no clock: raise ValueError when options do not fit together
    await start()       open what is needed; actuators start first, then transforms, then sources
    run / process / write
    flush()             (transforms) the flow is stopping: what is collected so far
    await stop()        close; always called when start() was, also when start() failed half-way

Retry, reconnect loops around a flow, buffering, metrics and logs belong to the runtime. A node says what failed:
`BadData` (this message is at fault), `Refused` (the other side said no), `Retryable` (the other side is away).
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

from flowengine.clock import Clock
from flowengine.historian import Opening
from flowengine.inline import Inline
from flowengine.message import Emission, Message
from flowengine.options import is_state, state_fields
from flowengine.outgoing import NamedBy, Reach, addresses_of
from flowengine.port import Port
from flowengine.surface import Context as Context
from flowengine.surface import Host
from flowengine.surface import Level as Level
from flowengine.surface import Rings as Rings
from flowengine.surface import Status as Status
from flowengine.writes import Retry, Write

T = TypeVar("T")

Kind = Literal["source", "transform", "actuator", "connection"]

_TAKEN: set[str] = set()
"""Names that options may not have, filled from Node itself."""


@dataclass_transform(kw_only_default=True)
class Node:
    """Base of all nodes; use one of its four children."""

    kind: ClassVar[Kind]
    type: ClassVar[str] = ""
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    widget: ClassVar[str] = ""
    """Which widget shows this node on the operators' page (value, gauge, slider ...); empty: none does."""
    grows: ClassVar[bool] = False
    """Whether the widget shows so much that the page asks only for what came since (`shown_after`): a chart."""
    runs_code: ClassVar[tuple[str, ...]] = ()
    """Options that hold code or commands: to change one takes the right to write code, and `--no-code` switches nodes
    that have such options off."""
    together: ClassVar[str] = ""
    """Flows that have nodes with the same word here run in one process: these speak to each other beside all wires."""
    _host: ClassVar[Host | None] = None

    def __init_subclass__(cls, type: str = "") -> None:
        if type:
            if "/" not in type:
                raise TypeError(f"{cls.__name__}: type '{type}' must read package/name, such as acme/scale")
            if not (cls.__doc__ or "").strip():
                raise TypeError(f"{cls.__name__}: a node needs a docstring: it is the node's help in the canvas")
        cls.type = type
        for name, hint in inspect.get_annotations(cls).items():
            if name in _TAKEN and "ClassVar" not in str(hint):
                raise TypeError(f"{cls.__name__}: an option may not be called '{name}': every node has that already")
            if is_state(hint) or (isinstance(hint, str) and hint.startswith("State[")):
                default = cls.__dict__.get(name)
                if not isinstance(default, dataclasses.Field):
                    setattr(cls, name, dataclasses.field(init=False, default_factory=partial(copy.copy, default)))
            elif isinstance(cls.__dict__.get(name), list | dict | set):
                setattr(cls, name, dataclasses.field(default_factory=partial(copy.copy, cls.__dict__[name])))
        if "__doc__" not in cls.__dict__ or cls.__doc__ is None:
            cls.__doc__ = ""  # or dataclass would write a signature there
        dataclasses.dataclass(kw_only=True, eq=False, repr=False)(cls)

    @classmethod
    def input_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return the input ports a node with these options has; override when they depend on the options."""
        return cls.inputs

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return the output ports a node with these options has, the default one first; the error port aside."""
        return cls.outputs

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> Sequence[tuple[str, int]]:
        """Return the hosts and ports that these options name, so that the check can hold them against a list."""
        return ()

    @classmethod
    def sends(cls, options: Mapping[str, Any], port: str) -> tuple[float, float] | None:
        """Return the least and the greatest number that a node with these options sends at a port; None: not known.

        The check holds it against the limits of the machine behind it.
        """
        return None

    @classmethod
    def rings(cls, options: Mapping[str, Any]) -> Rings | None:
        """Say which alarm the status `error` of a node with these options is; None: a fault like any other."""
        return None

    def shown(self) -> Any:
        """Return what the node's widget shows now: a JSON value whose form belongs to the kind of widget.

        Asked up to ten times a second while someone looks: it only returns what is known.
        """
        return None

    def shown_after(self, mark: int) -> tuple[int, Any]:
        """Return a new mark, and what came after one that was given before, to be added to it (0: everything).

        Asked once a second of nodes that say `grows`; None in place of a value: nothing came.
        """
        return mark, None

    async def start(self) -> None:
        """Open what the node needs; called once before the first message."""

    async def stop(self) -> None:
        """Close what `start` opened; also called when `start` failed."""

    # What a node may use, from start() on:

    @property
    def runtime(self) -> Host:
        """The runtime's side of this node (not called `host`: that is an option of many connections)."""
        if self._host is None:
            raise RuntimeError(f"{type(self).__name__} is not running; in a test use flowengine.testing")
        return self._host

    @property
    def clock(self) -> Clock:
        """The engine's clock; the only one a node may ask."""
        return self.runtime.clock

    @property
    def log(self) -> logging.LoggerAdapter[logging.Logger]:
        """The log; each line carries flow and node. Log once when a thing goes bad and once when it recovers."""
        return self.runtime.log

    def context(self, scope: Literal["node", "flow", "global"] = "node") -> Context:
        """Return values shared within this node, its flow, or all flows."""
        return self.runtime.context(scope)

    def status(self, level: Level, text: str = "") -> None:
        """Show how this node is: `self.status("ok", "connected")`."""
        if self._host is not None:
            self._host.set_status(Status(level, text))

    def drop(self, reason: str, count: int = 1, meant: bool = False) -> None:
        """Count messages that end here because of a limit, not what a filter leaves out.

        A reason is one of ten at most, nothing that came with a message. What was not `meant` is shown as lost.
        """
        if self._host is not None:
            self._host.drop(reason, count, meant)

    def show(self, value: Any, msg: Message | None = None, property: str = "payload") -> None:
        """Put a value into the debug stream, for someone to read: any payload, `property` of the message `msg`.

        More than 50 a second of one node are counted and left out.
        """
        if self._host is not None:
            self._host.show(value, msg, property)

    def tracer(self) -> Callable[[Message], str] | None:
        """Return, in `start`, what gives the W3C traceparent to send along with a message (empty: none); None: off."""
        return self._host.tracer() if self._host is not None else None

    async def blocking(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function that blocks in a thread, so that the loop goes on."""
        return await self.runtime.blocking(lambda: function(*args))

    async def reach(self, host: str, port: int, named_by: NamedBy = "option") -> list[str]:
        """Return the addresses at which a host may be reached, the first to be tried first.

        `named_by` says who chose the host: the author of the flow (an option), or whoever sent a message. To be asked
        before each connection; connect to what it returns, never by the name again.

        Raises:
            Refused: the host is not among those allowed, or no message may choose it; the text says what to do.
            Retryable: the name cannot be looked up.
        """
        return await addresses_of(host, port, self.runtime.outgoing, named_by)

    def remembers(self) -> bool:
        """Say whether this node, with its options, keeps anything between messages, or writes to a context.

        A flow with such a node is checkpointed: its sources are acknowledged when that is stored.
        """
        return bool(state_fields(type(self)))

    def state(self) -> dict[str, Any]:
        """Return the declared state."""
        return {name: getattr(self, name) for name in state_fields(type(self))}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a state that `state` returned; names no longer declared are ignored. Called before `start`."""
        for name in state_fields(type(self)):
            if name in state:
                setattr(self, name, state[name])

    def keepsake(self) -> Any:
        """Return what is worth keeping over a restart though nothing depends on it, such as what a display shows.

        It is written every other second, not in step with messages: what must not be lost is `State`.
        """
        return None

    def regain(self, keepsake: Any) -> None:
        """Take back what `keepsake` returned, as JSON has it. Called before `start`."""


_TAKEN |= {name for name in vars(Node) if not name.startswith("_")}


class Source(Node):
    """Brings messages in.

    `run` is an async generator; to stop it the runtime cancels it where it waits. It yields a message, or a list of
    messages that have arrived together. While the flow cannot take more it is simply not resumed: back pressure.
    """

    kind: ClassVar[Kind] = "source"
    outputs: ClassVar[tuple[Port, ...]] = (Port("out"),)
    outside: ClassVar[bool] = True
    """Whether what it brings comes from outside of the flow; one that hears the flow itself does so in tests and
    simulations, too."""

    def run(self) -> AsyncIterator[Message | list[Message]]:
        """Yield messages until cancelled. Time and id are stamped when they are not set."""
        raise NotImplementedError

    def taken(self, messages: list[Message]) -> None:
        """Hear that these messages are the flow's: finished with on every branch, or stored together with this state.

        What is noted here in `State` fields is on disk if and only if the messages are: a position, or how to recognise
        what the other side brings again when a crash keeps it from hearing that it is done.
        """

    def done(self, messages: list[Message]) -> None:
        """Hear that what was `taken`, the very objects, will not be lost any more: acknowledgements are given here."""

    def brings_again(self) -> bool:
        """Say whether what has not heard to be done comes again after a crash: only then `done` waits for the disk."""
        return type(self).done is not Source.done or type(self).taken is not Source.taken

    def pressed(self) -> Message | None:
        """Return the message to send when someone presses the node's button; None: it has no button."""
        return None

    def operated(self, value: Any) -> Message | None:
        """Return the message to send when an operator moves the node's widget to `value`; None: it cannot be moved.

        Raises:
            BadData: the value is not one that the widget may have.
        """
        return None


class Transform(Node):
    """Changes messages: a plain function, fused with its neighbours into a chain of calls.

    Further input ports are declared in `inputs`; a message at port `setpoint` is given to `on_setpoint(msg)`.
    What is collected over several messages belongs in `State` fields; a message is finished with when `process` has
    returned. To send something later, ask the clock: `self.clock.call_later(5, lambda: self.emit(msg))`.
    """

    kind: ClassVar[Kind] = "transform"
    inputs: ClassVar[tuple[Port, ...]] = (Port("in"),)
    outputs: ClassVar[tuple[Port, ...]] = (Port("out"),)

    def process(self, msg: Message) -> Emission:
        """Return what becomes of a message: nothing, a message, or several (`msg.to(port)` names a port)."""
        raise NotImplementedError

    def take_opened(self, other: Self) -> None:
        """Take what another with the same options has opened, so that `start` need not wait; called before it.

        For a deploy: only who starts in one step goes on with what the node before it remembers. Whatever takes time to
        open, such as a large file, is opened by the other one, which processes nothing and is stopped afterwards.
        """

    def inline(self) -> Inline | None:
        """Return this node's work as expressions, if it has such a form; asked once, after start()."""
        return None

    def flush(self) -> Emission:
        """Return what is collected so far, because the flow stops: the last, incomplete window or batch."""
        return None

    def unsent(self) -> list[Message]:
        """Return messages held for later that must not leave early; the runtime keeps them as dead letters."""
        return []

    def emit(self, msg: Message, port: str = "") -> None:
        """Send a message on from a timer or callback, by the named port (empty: the first)."""
        self.runtime.emit(port or self.outputs[0].name, msg)


class AsyncTransform(Node):
    """A transform that does I/O. Up to `concurrency` messages are under way at once; results leave in order."""

    kind: ClassVar[Kind] = "transform"
    inputs: ClassVar[tuple[Port, ...]] = (Port("in"),)
    outputs: ClassVar[tuple[Port, ...]] = (Port("out"),)
    concurrency: ClassVar[int] = 16

    async def process(self, msg: Message) -> Emission:
        """Return what becomes of a message; may wait."""
        raise NotImplementedError


class Actuator(Node):
    """Acts on the outside world. Only the runtime calls it, through the guard."""

    kind: ClassVar[Kind] = "actuator"
    inputs: ClassVar[tuple[Port, ...]] = (Port("in"),)
    outputs: ClassVar[tuple[Port, ...]] = ()
    retry: ClassVar[Retry] = Retry()
    concurrency: ClassVar[int] = 1
    """How many writes may be under way at once; they begin in order."""
    outside: ClassVar[bool] = True
    """Whether it acts outside of the flow; one that does not is itself in tests and simulations, too."""

    @classmethod
    def keyed(cls, connections: Mapping[str, Mapping[str, Any]]) -> bool:
        """Say whether it tells the other side `msg.delivery_key`; given are its connections' options, by its own."""
        return False

    async def write(self, msg: Message) -> None:
        """Act; returning means done. Raise Retryable, Refused or BadData when it is not."""
        raise NotImplementedError

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Begin a write; None means it is done already. Override it where a coroutine for each write is too slow."""
        return self.write(msg)

    def writes(self, msg: Message) -> Sequence[Write] | None:
        """Say beforehand what a message would write; None: that cannot be said, so no machine lets it.

        It raises what `write` would for a message that does not fit.
        """
        return None


class Connection(Node):
    """A shared thing that nodes use: a device, a broker. An option annotated with the class asks for one.

    It is opened once however many nodes and flows use it. `start` must not wait for the other side: it begins to
    connect and goes on trying until `stop`.
    """

    kind: ClassVar[Kind] = "connection"
    ot: ClassVar[bool] = False
    """Whether this is a device of the OT side: its nodes are placed in the field process, behind the guard."""

    @classmethod
    def alone(cls, options: Mapping[str, Any]) -> bool:
        """Say whether the other side has only one such connection at a time: flows that share it share a process."""
        return False

    @classmethod
    def keeps(cls, options: Mapping[str, Any]) -> Sequence[str]:
        """Name the files in which it keeps what is nowhere else: `flowengine backup` copies them."""
        return ()

    @classmethod
    def historian(cls, options: Mapping[str, Any], reach: Reach) -> Opening | None:
        """Return what opens the values over time that it keeps, in any process and beside who writes; None: none.

        Where they are on another host, connect to an address that `reach` returns, asked each time it is opened.
        """
        return None

    def leads_to(self) -> str:
        """Name the device, alike for all connections to it: `tcp://10.0.0.5:502`; empty: it cannot be said."""
        return ""


def handlers(node: Node) -> dict[str, Callable[[Message], Any]]:
    """Return the function for each input port: `process` (or `submit`) for the first, `on_<port>` for the others."""
    first: Callable[[Message], Any] = node.submit if isinstance(node, Actuator) else getattr(node, "process", None)  # type: ignore[assignment]
    names = [port.name for port in type(node).inputs]
    return {name: first if i == 0 else getattr(node, f"on_{name.replace('-', '_')}") for i, name in enumerate(names)}
