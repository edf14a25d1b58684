"""Tests of nodes in three lines, for our own nodes and for integrators'.

::

    def test_scale_multiplies_then_adds() -> None:
        assert outputs_of(Scale(gain=2, offset=1), 20) == [41]

Everything here runs in virtual time, so a node that waits an hour is tested at once. For nodes that talk to a real
server use `running`, in real time.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar

from flowengine.clock import Clock, VirtualClock
from flowengine.context import MemoryContext
from flowengine.message import Message, Routed
from flowengine.node import Actuator, Node, Source, Status, Transform, handlers
from flowengine.outgoing import AllowList, lists_for

T = TypeVar("T")
N = TypeVar("N", bound=Node)


class RecordingHost:
    """Stands in for the runtime and keeps what the node does."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.log = logging.LoggerAdapter(logging.getLogger("flowengine.test"), {})
        self.emitted: list[Routed] = []
        """What the node returned or emitted, with its port, in order."""
        self.statuses: list[Status] = []
        self.failures: list[tuple[Exception, Message | None]] = []
        self.outgoing: Sequence[AllowList] = lists_for(None)
        self.retries = 0
        self.drops: dict[str, int] = {}
        """Messages that the node gave up on purpose, by reason."""
        self.shown: list[Any] = []
        """The values that the node put into the debug stream."""
        self.variables: dict[str, str] = {}
        self._contexts = {scope: MemoryContext() for scope in ("node", "flow", "global")}

    def context(self, scope: Literal["node", "flow", "global"]) -> MemoryContext:
        """Return the shared values of a scope."""
        return self._contexts[scope]

    def environment(self, name: str) -> str | None:
        """Return a variable set in `variables`."""
        return self.variables.get(name)

    def emit(self, port: str, msg: Message) -> None:
        """Keep a message."""
        self.emitted.append(Routed(port, msg))

    def set_status(self, status: Status) -> None:
        """Keep a status."""
        self.statuses.append(status)

    def fail(self, error: Exception, msg: Message | None) -> None:
        """Keep a failure."""
        self.failures.append((error, msg))

    def drop(self, reason: str, count: int, meant: bool) -> None:
        """Count messages."""
        self.drops[reason] = self.drops.get(reason, 0) + count

    def show(self, value: Any, msg: Message | None, property: str) -> None:
        """Keep a value."""
        self.shown.append(value)

    def tracer(self) -> None:
        """Return that there are no traces."""

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run a function here and now."""
        return function()


@contextlib.asynccontextmanager
async def running(node: N, clock: Clock | None = None) -> AsyncIterator[RecordingHost]:
    """Start a node on the running loop, stop it at the end; gives the host that keeps what the node does."""
    host = RecordingHost(clock or Clock())
    node._host = host  # type: ignore[misc]  # declared for the class
    try:
        await node.start()
        yield host
    finally:
        await node.stop()


def messages_of(
    node: Node, *inputs: Any, port: str = "", every: float = 0.0, seconds: float = 0.0, flush: bool = False
) -> list[Routed]:
    """Give messages to a transform and return all it sends, with ports.

    Args:
        node: a Transform or AsyncTransform, not yet started.
        inputs: messages, or plain values that become payloads.
        port: the input port (empty: the first).
        every: seconds of virtual time between inputs.
        seconds: virtual time to let pass at the end, for nodes that send later.
        flush: whether to stop the flow at the end, as a drain does.
    """
    clock = VirtualClock()

    async def main() -> list[Routed]:
        async with running(node, clock) as host:
            handler = handlers(node)[port or node.input_ports({})[0].name]
            for number, value in enumerate(inputs):
                if number and every:
                    await clock.sleep(every)
                result = handler(_message(value, number, clock))
                if inspect.isawaitable(result):
                    result = await result
                _keep(host, node, result)
            await clock.sleep(seconds)
            if flush and isinstance(node, Transform):
                _keep(host, node, node.flush())
            return host.emitted

    return clock.run(main())


def outputs_of(
    node: Node, *inputs: Any, port: str = "", every: float = 0.0, seconds: float = 0.0, flush: bool = False
) -> list[Any]:
    """Give messages to a transform and return the payloads it sends, by whatever port; see `messages_of`."""
    return [r.msg.payload for r in messages_of(node, *inputs, port=port, every=every, seconds=seconds, flush=flush)]


def messages_from(source: Source, seconds: float, most: int = 1000) -> list[Message]:
    """Run a source for some virtual seconds and return what it brings, stamped, at most `most` messages."""
    clock = VirtualClock()
    found: list[Message] = []
    counter = itertools.count()

    async def read() -> None:
        async for item in source.run():
            for msg in item if isinstance(item, list) else [item]:
                found.append(_message(msg, next(counter), clock))
            if len(found) >= most:
                return

    async def main() -> list[Message]:
        import asyncio

        async with running(source, clock):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await read()
        return found[:most]

    return clock.run(main())


def write_all(actuator: Actuator, inputs: Iterable[Any]) -> RecordingHost:
    """Start an actuator in virtual time, write every input, stop it; errors come out as they are raised."""
    clock = VirtualClock()

    async def main() -> RecordingHost:
        async with running(actuator, clock) as host:
            for number, value in enumerate(inputs):
                pending = actuator.submit(_message(value, number, clock))
                if pending is not None:
                    await pending
            return host

    return clock.run(main())


def _message(value: Any, number: int, clock: Clock) -> Message:
    msg = value if isinstance(value, Message) else Message(value)
    return msg.replace(time=msg.time or clock.now(), id=msg.id or f"test-{number}")


def _keep(host: RecordingHost, node: Node, result: Any) -> None:
    default = node.outputs[0].name if node.outputs else "out"
    if result is None:
        return
    for item in [result] if isinstance(result, Message | Routed) else result:
        host.emit(*item) if isinstance(item, Routed) else host.emit(default, item)
