"""One node in the field process, run for its flow in a worker."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Mapping
from typing import Any, Final

from flowengine.clock import Clock
from flowengine.errors import BadData, Refused, Retryable
from flowengine.field import frames
from flowengine.field.gate import Gate, Held, Output
from flowengine.flow.plan import PlannedConnection
from flowengine.message import Message, Routed
from flowengine.node import Actuator, Connection, Node, Source, Status, handlers
from flowengine.options import build, state_fields
from flowengine.processes.link import Link
from flowengine.runtime import actuation
from flowengine.runtime.checkpoints.restoring import unpack_state
from flowengine.runtime.connections import Connections
from flowengine.runtime.host import NodeHost, give_host, host_of_connection
from flowengine.store.packing import pack_value
from flowengine.telemetry.observer import Observer

MOST_CREDIT: Final = 64
"""Batches that a worker may ask a source for at once; one that asks for more is broken or hostile, and gets no more."""

STATE_TURNS: Final = 10
"""Its state is looked at in one of so many turns of the loop that looks after it: ten turns are a second."""


class Hosted:
    """A node, its connections, and the task that reads it if it is a source."""

    def __init__(self, number: int, output: Output, cls: type[Node], link: Link, connections: Connections) -> None:
        self.number, self.output = number, output
        self.node: Node | None = None
        self._cls, self._link, self._connections = cls, link, connections
        self._acquired: list[PlannedConnection] = []
        self._credit = asyncio.Semaphore(0)
        self._reading: asyncio.Task[None] | None = None
        self._marks = 0
        self._unfinished: dict[int, Message] = {}
        self._opened: dict[str, Connection] = {}
        self._told: dict[str, Status] = {}
        self._remembers = bool(state_fields(cls)) or cls.state is not Node.state
        self._remembered = b""
        """The state, packed, that was reported to the flow last."""
        self._turns = 0
        self._under_way = 0
        """Commands that have not come to their end."""
        self._unkept = False
        """Whether the warning was given that its state cannot be stored."""

    async def open(self, environment: Mapping[str, str], clock: Clock, state: bytes = b"") -> list[Any]:
        """Open its connections and start it, with what it remembered if that fits.

        Raises:
            Exception: whatever keeps it from starting; nothing is left open then.
        """
        opened = self._opened
        try:
            for name, planned in self.output.connections.items():
                opened[name] = await self._connections.acquire(planned)
                self._acquired.append(planned)
            node = await self._started(environment, clock, state)
        except BaseException:
            await self.close()
            raise
        retry = getattr(node, "retry", None)
        return [getattr(node, "concurrency", 1), [] if retry is None else [retry.attempts, retry.delay, retry.most]]

    async def _started(self, environment: Mapping[str, str], clock: Clock, state: bytes) -> Node:
        """Return the node, started; one that cannot start with what it remembered starts without."""
        for given in dict.fromkeys((state, b"")):
            node = self.node = build(self._cls, self.output.options, self._opened.__getitem__)
            host = _Host(
                self.output.flow,
                self.output.node,
                clock,
                {"flow": _NoContext(), "global": _NoContext()},
                environment,
                lambda name, port, msg: self._link.tell(frames.Emitted(self.number, port, msg)),
                self._failed,
                _Observer(clock, self._link, self.number),
            )
            host.link, host.number = self._link, self.number
            host.watch = lambda name, status: self._stated(status)
            give_host(node, host)
            try:
                if given:
                    node.restore(unpack_state(self._cls, given))
                await node.start()
            except Exception as error:
                if not given:
                    raise
                with contextlib.suppress(Exception):
                    await node.stop()
                node.log.warning("what it remembered is dropped, as it no longer fits: %s", error)
            else:
                break
        self._remembered = given
        return node

    async def close(self) -> None:
        """Stop it and let go of its connections; what it was busy with ends."""
        await self.unread()
        self.tell_state(now=True)
        node, self.node = self.node, None
        if node is not None:
            with contextlib.suppress(Exception):
                await node.stop()
        while self._acquired:
            await self._connections.release(self._acquired.pop())

    # --- commands and messages ---

    async def write(self, gate: Gate, port: str, msg: Message) -> None:
        """Carry out a command: the gate first, then the device, once.

        Raises:
            Refused: the gate, or the device, says no; or whatever else the node raises.
            Retryable: it has as many under way as it takes at once: what waits for the device would keep a safe value
                waiting, and arrive in another rhythm than it was judged in.
        """
        node = self._open()
        if not isinstance(node, Actuator):
            raise Refused(f"{self.output.node} is no actuator")
        if self._under_way >= node.concurrency:
            raise Retryable(f"{self.output.node} has {self._under_way} commands under way, all that it takes at once")
        self._under_way += 1
        try:
            await self._write(node, gate, port, msg)
        finally:
            self._under_way -= 1

    async def _write(self, node: Actuator, gate: Gate, port: str, msg: Message) -> None:
        try:
            msg = await gate.before_write(self.output, port, msg)
        except Held as held:
            node.status("warning", str(held))
            return
        first = type(node).inputs[0].name
        pending = actuation.begin(node, msg) if port in ("", first) else handlers(node)[port](msg)
        if pending is not None:
            await pending

    async def process(self, port: str, msg: Message) -> list[tuple[str, Message]]:
        """Give a message to a transform; returns what it sends on, by port (empty: the first)."""
        node = self._open()
        if isinstance(node, Actuator):
            raise Refused(f"{self.output.node} is an actuator")
        result: Any = handlers(node)[port](msg)
        if inspect.isawaitable(result):
            result = await result
        if result is None:
            return []
        items = [result] if isinstance(result, Message | Routed) else list(result)
        if not all(isinstance(item, Message | Routed) for item in items):
            raise BadData("the node returned something that is no message")
        return [(item.port, item.msg) if isinstance(item, Routed) else ("", item) for item in items]

    def _open(self) -> Node:
        if self.node is None:
            raise Refused(f"{self.output.node} has been stopped")
        return self.node

    # --- sources ---

    def read(self, credit: int) -> None:
        """Let the source yield so many more batches; begins to read it if that has not begun."""
        for _ in range(min(credit, MOST_CREDIT)):
            self._credit.release()
        if self._reading is None and isinstance(self.node, Source):
            self._reading = asyncio.ensure_future(self._read(self.node))

    async def unread(self) -> None:
        """Read no more."""
        task, self._reading = self._reading, None
        self._credit = asyncio.Semaphore(0)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _read(self, source: Source) -> None:
        """Resume the source only while the flow can take more."""
        messages = source.run()
        tracked = type(source).done is not Source.done
        credit = self._credit
        try:
            await credit.acquire()
            async for item in messages:
                batch = item if isinstance(item, list) else [item]
                if tracked:
                    self._unfinished.update(enumerate(batch, self._marks))
                self._link.tell(frames.Brought(self.number, self._marks, batch))
                self._marks += len(batch)
                await credit.acquire()
            self._link.tell(frames.Over(self.number, "", ""))
        except Exception as error:  # noqa: BLE001 - whatever a source raises: its flow shows it and starts it again
            self._link.tell(frames.Over(self.number, type(error).__name__, str(error)))
        finally:
            close = getattr(messages, "aclose", None)
            if close is not None:
                await close()
            if self._reading is asyncio.current_task():
                self._reading = None

    def finished(self, marks: list[int]) -> None:
        """Tell the source that the flow has finished with messages."""
        found = [self._unfinished.pop(mark) for mark in marks if mark in self._unfinished]
        if found and isinstance(self.node, Source):
            self.node.done(found)

    # --- what the node says ---

    def tell_connections(self) -> None:
        """Tell how its connections are, where that has changed."""
        for name, connection in self._opened.items():
            status = host_of_connection(connection).status
            if self._told.get(name) != status:
                self._told[name] = status
                self._link.tell(frames.ConnectionStated(self.number, name, status.level, status.text))

    def tell_state(self, now: bool = False) -> None:
        """Tell what the node remembers, where that has changed; once a second, or now."""
        node = self.node
        self._turns += 1
        if node is None or not self._remembers or (self._turns % STATE_TURNS and not now):
            return
        try:
            state = pack_value(node.state())
        except Exception as error:  # noqa: BLE001 - a stranger's code
            if not self._unkept:
                self._unkept = True
                node.log.warning("what it remembers cannot be stored: %s", error)
            return
        if state != self._remembered:
            self._remembered = state
            self._link.tell(frames.Remembered(self.number, state))

    def _stated(self, status: Status) -> None:
        self._link.tell(frames.Stated(self.number, status.level, status.text))

    def _failed(self, node: str, error: Exception, msg: Message | None) -> None:
        self._link.tell(frames.FailedAlone(self.number, type(error).__name__, str(error), msg))


class _Host(NodeHost):
    """Reports messages that a node drops to its flow, which counts them."""

    link: Link
    number: int

    def drop(self, reason: str, count: int, meant: bool) -> None:
        self.link.tell(frames.Dropped(self.number, reason, count, meant))


class _Observer(Observer):
    """Passes on what a node shows and says to its flow."""

    def __init__(self, clock: Clock, link: Link, number: int) -> None:
        super().__init__(clock)
        self._link, self._number = link, number

    def shown(self, flow: str, node: str, value: Any, msg: Message | None, property: str) -> None:
        if not self._link.full:
            self._link.tell(frames.Showed(self._number, value, msg, property))

    def said(self, flow: str, node: str, level: Any, text: str) -> None:
        if not self._link.full:
            self._link.tell(frames.Said(self._number, level, text))


class _NoContext:
    """The context of nodes in the field process: there is none, and asking for it is an error that says so."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError("a node that uses an OT device sees no context: give it the value in the message")

    def set(self, key: str, value: Any) -> None:
        self.get(key)

    def keys(self) -> list[str]:
        self.get("")
        return []
