"""Stand-ins in a worker for nodes that run in the field process: of the same kind, type and ports, so that the runtime
sees no difference.

A command goes `Acting` stage → `runtime/actuation.py` → `StandInActuator.write` → line → `guest.py` → `hosted.py` →
gate → `runtime/actuation.py` → device. There is no other way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any, ClassVar, Final, cast

import msgspec

from flowengine.clock import Clock
from flowengine.errors import NodeError
from flowengine.field import frames
from flowengine.field.line import Line
from flowengine.flow.plan import PlannedConnection, PlannedNode
from flowengine.message import Emission, Message, Routed
from flowengine.node import Actuator, AsyncTransform, Connection, Node, Source
from flowengine.processes.link import Wrong, error_of
from flowengine.runtime.host import ConnectionHost
from flowengine.store.packing import pack_value
from flowengine.telemetry.observer import Observer
from flowengine.writes import Retry

CREDIT: Final = 8
"""How often a source may yield ahead of the flow: so many batches may be on their way, not yet taken."""


class Away(Connection):
    """Stands for a connection that is opened in the field process."""

    planned: ClassVar[PlannedConnection]


def away(planned: PlannedConnection, clock: Clock, observer: Observer) -> Away:
    """Return what stands for a connection; its status is that of the device."""
    made: Any = Away()
    made.planned, made.type = planned, planned.cls.type
    made._host = ConnectionHost(planned.name, clock, observer)
    return cast(Away, made)


class Remote:
    """A stand-in's way to its node: opens it, speaks to it, opens it again in a new field process."""

    def __init__(
        self,
        line: Line,
        flow: str,
        planned: PlannedNode,
        connections: Mapping[str, PlannedConnection],
        shown: Mapping[str, Connection],
        environment: Mapping[str, str],
    ) -> None:
        """Take all that the node needs.

        Args:
            line: the line to the field process.
            flow: the name of its flow.
            planned: the node.
            connections: what it uses, by their names in the flow.
            shown: what stands for them here.
            environment: variables that it sees.
        """
        self.line = line
        self.node: Node
        self.number = 0
        self.reading: asyncio.Queue[frames.Brought | frames.Over] | None = None
        self.marks: dict[int, tuple[Message, int]] = {}
        """Sources with acknowledgements: id() of a message -> the message and its number there."""
        self._flow, self._planned, self._shown = flow, planned, shown
        self._open = False
        self.state = b""
        """The node's state, packed, as it reported it last."""
        self._options = pack_value(planned.options)
        self._connections = pack_value({name: (one.cls.type, one.options) for name, one in connections.items()})
        self._environment = dict(environment)

    async def open(self) -> None:
        """Start the node.

        Raises:
            Exception: it does not start; or there is no field process.
        """
        await self.line.there()
        self.number = self.line.enter(self)
        try:
            await self._open_there()
        except BaseException:
            self.line.leave(self.number)
            raise

    async def _open_there(self) -> None:
        cls = self._planned.cls
        request = frames.Open(
            self.number,
            self._flow,
            self._planned.id,
            cls.type,
            self._options,
            self._connections,
            self._environment,
            self.state,
        )
        concurrency, retry = await self.line.ask(request)
        if isinstance(self.node, Actuator | AsyncTransform):
            self.node.concurrency = concurrency  # type: ignore[misc]  # this node's own, over the class's
        if isinstance(self.node, Actuator):
            self.node.retry = Retry(*retry)  # type: ignore[misc]  # the same
        self._open = True
        if self.reading is not None:
            self.line.tell(frames.Read(self.number, CREDIT))

    async def close(self) -> None:
        """Stop the node."""
        if self._open:
            self._open = False
            try:
                await self.line.ask(frames.Close(self.number))
            except NodeError:
                return  # with the field process the node is gone too
            finally:
                self.line.leave(self.number)

    def lost(self) -> None:
        """Hear that the field process is gone."""
        self.marks.clear()
        self.node.status("error", "the field process has ended and is being started again")

    async def reopen(self) -> None:
        """Start the node in another field process."""
        try:
            await self._open_there()
        except Exception as error:  # noqa: BLE001 - whatever a node raises: it is shown
            self.node.status("error", f"it did not start again: {error}")
        else:
            self.node.status("ok")

    def hear(self, event: Any) -> None:
        """Take in what the node says."""
        host: Any = self.node._host
        match event:
            case frames.Brought() | frames.Over():
                if self.reading is not None:
                    self.reading.put_nowait(event)
            case frames.Stated():
                self.node.status(event.level, event.text)
            case frames.ConnectionStated():
                self._shown[event.connection].status(event.level, event.text)
            case frames.Remembered():
                self.state = event.state
            case frames.Showed():
                self.node.show(event.value, event.msg, event.property)
            case frames.Said():
                host._observer.said(self._flow, self._planned.id, event.level, event.text)
            case frames.Dropped():
                host.drop(event.reason, event.count, event.meant)
            case frames.Emitted():
                host.emit(event.port, event.msg)
            case frames.FailedAlone():
                host.fail(error_of(Wrong(event.kind, event.text)), event.msg)


class _StandIn(Node):
    """What all stand-ins have in common."""

    _remote: ClassVar[Remote]

    async def start(self) -> None:
        """Start the node that this stands for."""
        await self._remote.open()

    async def stop(self) -> None:
        """Stop it."""
        await self._remote.close()

    def remembers(self) -> bool:
        """Say no: its state is kept as a keepsake, so the flow needs no checkpoints for it."""
        return False

    def keepsake(self) -> Any:
        """Return the node's state as it reported it last."""
        return self._remote.state or None

    def regain(self, keepsake: Any) -> None:
        """Keep a state, to give it to the node when it is opened."""
        self._remote.state = keepsake


class StandInSource(_StandIn, Source):
    """Brings what a source in the field process brings."""

    async def run(self) -> AsyncIterator[Message | list[Message]]:
        """Yield what comes; each time that the flow goes on, the source may go on too."""
        remote = self._remote
        queue = remote.reading = asyncio.Queue()
        tracked = type(self).done is not Source.done
        remote.line.tell(frames.Read(remote.number, CREDIT))
        try:
            while True:
                event = await queue.get()
                if isinstance(event, frames.Over):
                    if event.kind:
                        raise error_of(Wrong(event.kind, event.text))
                    return
                if tracked:
                    remote.marks |= {id(msg): (msg, mark) for mark, msg in enumerate(event.messages, event.mark)}
                yield event.messages[0] if len(event.messages) == 1 else event.messages
                remote.line.tell(frames.Read(remote.number, 1))
        finally:
            remote.reading = None
            remote.line.tell(frames.Unread(remote.number))


class _TrackedSource(StandInSource):
    """One that hears what is done."""

    def done(self, messages: list[Message]) -> None:
        """Tell the source that the flow has finished with messages."""
        remote = self._remote
        found = [remote.marks.pop(id(msg), None) for msg in messages]
        marks = [one[1] for one in found if one is not None]
        if marks:
            remote.line.tell(frames.Finished(remote.number, marks))


class StandInTransform(_StandIn, AsyncTransform):
    """Gives messages to a transform in the field process."""

    async def process(self, msg: Message) -> Emission:
        """Return what the transform sends on."""
        return await self.ask(type(self).inputs[0].name, msg)

    async def ask(self, port: str, msg: Message) -> Emission:
        """Give a message to one of its input ports."""
        found = await self._remote.line.ask(frames.Process(self._remote.number, port, msg))
        return [_received(port, data) for port, data in found]


class StandInActuator(_StandIn, Actuator):
    """Gives commands to an actuator in the field process."""

    async def write(self, msg: Message) -> None:
        """Return when the device has it."""
        await self.ask(type(self).inputs[0].name, msg)

    async def ask(self, port: str, msg: Message) -> None:
        """Give a message to one of its input ports."""
        await self._remote.line.ask(frames.Command(self._remote.number, port, msg))


def _class_of(cls: Any) -> Any:
    """Make the class of the stand-ins for a node class."""
    if issubclass(cls, Source):
        base: Any = _TrackedSource if cls.done is not Source.done else StandInSource
    elif issubclass(cls, Actuator):
        base = StandInActuator
    elif issubclass(cls, AsyncTransform):
        base = StandInTransform
    else:
        raise ValueError(f"{cls.type} uses an OT device, so it must be a source, an actuator or an AsyncTransform")
    body: dict[str, Any] = {"__doc__": cls.__doc__, "inputs": cls.inputs, "outputs": cls.outputs}
    for port in cls.inputs[1:]:
        body[f"on_{port.name.replace('-', '_')}"] = _asking(port.name)
    for name in ("concurrency", "retry"):
        if isinstance(getattr(cls, name, None), int | Retry):
            body[name] = getattr(cls, name)
    made: Any = type(cls.__name__, (base,), body)
    made.type = cls.type
    return made


# Typed by hand: mypy takes the __hash__ of a class for that of its instances and refuses it as a cache key.
_class = cast(Callable[[Any], Any], cache(_class_of))


def _asking(port: str) -> Any:
    async def ask(self: Any, msg: Message) -> Any:
        return await self.ask(port, msg)

    return ask


def stand_in(remote: Remote, cls: type[Node]) -> Node:
    """Return the stand-in for a node.

    Raises:
        ValueError: nothing can stand for a node of this kind.
    """
    made: Node = _class(cls)()
    made._remote = remote  # type: ignore[attr-defined]  # all classes of `_class` have it
    remote.node = made
    return made


def _received(port: str, data: Any) -> Message | Routed:

    msg = msgspec.convert(data, Message)
    return Routed(port, msg) if port else msg
