"""Small nodes and plans for tests of the runtime."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from flowengine import (
    Actuator,
    AsyncTransform,
    BadData,
    Connection,
    Emission,
    Inline,
    Message,
    Port,
    Retry,
    Retryable,
    Source,
    State,
    Transform,
)
from flowengine.clock import VirtualClock
from flowengine.flow.plan import Plan, PlannedConnection, PlannedNode, PlannedWire

T = TypeVar("T")


class Feed(Source, type="test/feed"):
    """Bring values, a list for each batch, then end."""

    values: list[Any] = []
    batch: int = 1
    forever: bool = False
    every: float = 0.0

    def __post_init__(self) -> None:
        self.brought: list[Message] = []
        self.finished: list[Message] = []

    async def run(self) -> AsyncIterator[Message | list[Message]]:
        values = itertools.cycle(self.values) if self.forever else iter(self.values)
        while True:
            batch = [Message(value) for value in itertools.islice(values, self.batch)]
            if not batch:
                return
            self.brought += batch
            yield batch
            if self.every:
                await self.clock.sleep(self.every)

    def done(self, messages: list[Message]) -> None:
        self.finished += messages


class Ticker(Source, type="test/ticker"):
    """Bring 0, 1, 2 ... at an interval, acknowledged; one that starts again begins where it remembers."""

    every: float = 1.0
    broken: bool = False
    next: State[int] = 0

    def __post_init__(self) -> None:
        self.finished: list[Any] = []
        self.starts = 0

    async def start(self) -> None:
        self.starts += 1
        if self.broken:
            raise OSError("port is taken")

    async def run(self) -> AsyncIterator[Message]:
        while True:
            self.next += 1
            yield Message(self.next - 1)
            await self.clock.sleep(self.every)

    def done(self, messages: list[Message]) -> None:
        self.finished += [msg.payload for msg in messages]


class Plus(Transform, type="test/plus"):
    """Add to the payload; a text is refused."""

    amount: float = 1

    def process(self, msg: Message) -> Message:
        if isinstance(msg.payload, str):
            raise BadData(f"{msg.payload} is no number")
        return msg.with_payload(msg.payload + self.amount)


class PlusInline(Plus, type="test/plus-inline"):
    """Add to the payload, pasted into the chain."""

    def inline(self) -> Inline:
        return Inline(payload="add(payload, amount)", names={"amount": self.amount, "add": self._add})

    def _add(self, payload: Any, amount: float) -> Any:
        return self.process(Message(payload)).payload


class DiffersInline(Transform, type="test/differs-inline"):
    """Drop what is as the last one, by a comparison that is pasted into the chain, and call for the rest."""

    def __post_init__(self) -> None:
        self.last: list[Any] = [None]
        self.called = 0

    def process(self, msg: Message) -> Message | None:
        self.called += 1
        if msg.payload == "broken":
            raise RuntimeError("broken")
        self.last[0] = msg.payload
        return msg.with_properties(calls=self.called)

    def inline(self) -> Inline:
        return Inline(keep="payload != last[0]", call=True, names={"last": self.last})


class Breaks(Transform, type="test/breaks"):
    """Fail always."""

    def process(self, msg: Message) -> Message:
        raise RuntimeError("broken")


class Below(Transform, type="test/below"):
    """Pass what is below the limit."""

    limit: float = 0

    def process(self, msg: Message) -> Message | None:
        return msg if msg.payload < self.limit else None

    def inline(self) -> Inline:
        return Inline(keep="payload < limit", names={"limit": self.limit})


class OddEven(Transform, type="test/odd-even"):
    """Send odd numbers one way and even ones the other."""

    outputs = (Port("odd"), Port("even"))

    def process(self, msg: Message) -> Emission:
        return msg.to("odd" if msg.payload % 2 else "even")


class OddEvenInline(OddEven, type="test/odd-even-inline"):
    """The same, pasted into the chain."""

    def inline(self) -> Inline:
        return Inline(route=("payload % 2", "not payload % 2"), first=True)


class Twice(Transform, type="test/twice"):
    """Send every message twice."""

    def process(self, msg: Message) -> Emission:
        return [msg, msg.with_payload(-msg.payload)]


class Sum(Transform, type="test/sum"):
    """Add what came at `back` to what comes in; collect everything for a flush."""

    inputs = (Port("in"), Port("back"))
    last: State[float] = 0.0

    def process(self, msg: Message) -> Message:
        return msg.with_payload(msg.payload + self.last)

    def on_back(self, msg: Message) -> None:
        self.last = msg.payload


class Collect(Transform, type="test/collect"):
    """Keep everything and send the list when the flow stops."""

    kept: State[list[Any]] = []

    def process(self, msg: Message) -> None:
        self.kept.append(msg.payload)

    def flush(self) -> Emission:
        return Message(list(self.kept)) if self.kept else None


class Later(Transform, type="test/later"):
    """Send every message later."""

    seconds: float = 1.0

    def __post_init__(self) -> None:
        self.held: list[Message] = []

    def process(self, msg: Message) -> None:
        self.held.append(msg)
        self.clock.call_later(self.seconds, self._send)

    def _send(self) -> None:
        self.emit(self.held.pop(0))

    def unsent(self) -> list[Message]:
        return self.held


class Slow(AsyncTransform, type="test/slow"):
    """Take as many seconds as the payload says; refuse negative ones."""

    concurrency = 4

    def __post_init__(self) -> None:
        self.now = 0
        self.most = 0

    async def process(self, msg: Message) -> Message:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.clock.sleep(abs(msg.payload))
        self.now -= 1
        if msg.payload < 0:
            raise BadData("negative")
        return msg


class Sink(Actuator, type="test/sink"):
    """Keep every message; fail as often as told; wait as long as told."""

    seconds: float = 0.0
    failures: int = 0
    after: float = 0.0
    retry = Retry(attempts=3, delay=1.0)

    def __post_init__(self) -> None:
        self.got: list[Message] = []
        self.times: list[float] = []
        self.left = self.failures

    async def write(self, msg: Message) -> None:
        if self.left:
            self.left -= 1
            raise Retryable("the other side is away", self.after)
        if self.seconds:
            await self.clock.sleep(self.seconds)
        self.got.append(msg)
        self.times.append(self.clock.monotonic())

    @property
    def payloads(self) -> list[Any]:
        return [msg.payload for msg in self.got]


class Line(Connection, type="test/line"):
    """A shared line."""

    name: str = ""
    opened = 0
    closed = 0

    async def start(self) -> None:
        type(self).opened += 1

    async def stop(self) -> None:
        type(self).closed += 1


class OnLine(Sink, type="test/on-line"):
    """A sink on a line."""

    line: Line


class Breaking(Sink, type="test/breaking"):
    """A node that does not start."""

    async def start(self) -> None:
        raise OSError("port is taken")


def plan(nodes: Mapping[str, Any], wires: list[Any], connections: Mapping[str, Any] | None = None) -> Plan:
    """Make a plan: nodes as class or (class, options), in topological order; wires as "a b" or "a.out b.in" texts."""
    planned = {
        name: PlannedNode(name, *((spec, {}) if isinstance(spec, type) else spec)) for name, spec in nodes.items()
    }

    def port(end: str, inputs: bool) -> tuple[str, str]:
        node, _, name = end.partition(".")
        cls, options = planned[node].cls, planned[node].options
        ports = cls.input_ports(options) if inputs else cls.output_ports(options)
        return node, name or ports[0].name

    made = []
    for wire in wires:
        text, extra = (wire, {}) if isinstance(wire, str) else wire
        start, end = text.split()
        made.append(PlannedWire(*port(start, False), *port(end, True), **extra))
    opened = {name: PlannedConnection(name, cls, options) for name, (cls, options) in (connections or {}).items()}
    return Plan("test", planned, tuple(made), opened, {})


def in_virtual_time(main: Callable[[VirtualClock], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function, given the clock, in virtual time."""
    clock = VirtualClock()
    return clock.run(main(clock))


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)
