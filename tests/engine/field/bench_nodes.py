"""A device without a wire, a source that is as fast as it may be, and an actuator that takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from flowengine import Actuator, AsyncTransform, BadData, Connection, Message, Source, State


class Bench(Connection, type="test/bench"):
    """A device."""

    ot = True
    name: str = "bench"
    opened = 0

    async def start(self) -> None:
        Bench.opened += 1

    async def stop(self) -> None:
        Bench.opened -= 1


class Fast(Source, type="test/fast"):
    """Count."""

    bench: Bench

    def __post_init__(self) -> None:
        self.finished: list[int] = []

    async def run(self) -> AsyncIterator[Message]:
        for number in range(1_000_000):
            self.status("ok", str(number))
            yield Message(number)

    def done(self, messages: list[Message]) -> None:
        self.finished += [msg.payload for msg in messages]


class Slow(Actuator, type="test/slow"):
    """Take a twentieth of a second for each message."""

    bench: Bench
    concurrency = 4
    written = []  # type: ignore[var-annotated]

    def __post_init__(self) -> None:
        self.count = 0

    async def write(self, msg: Message) -> None:
        if msg.payload == "bad":
            raise BadData("no number")
        await asyncio.sleep(0.05)
        self.count += 1
        self.status("ok", str(self.count))
        Slow.written.append(msg.payload)


class Twice(AsyncTransform, type="test/twice"):
    """Double, and say it at another port too."""

    bench: Bench

    async def process(self, msg: Message) -> list[Message]:
        return [msg.with_payload(2 * msg.payload)]


class Tally(AsyncTransform, type="test/tally"):
    """Add up, and remember the sum; a sum below zero is none."""

    bench: Bench
    total: State[int] = 0

    async def start(self) -> None:
        if self.total < 0:
            raise ValueError("no sum")

    async def process(self, msg: Message) -> Message:
        self.total += msg.payload
        return msg.with_payload(self.total)
