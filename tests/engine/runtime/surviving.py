"""What survives the crashes of an engine in tests, and nodes that bring from there and take to there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from flowengine import Message, Retry, Retryable, Source, State, Transform
from flowengine.node import Actuator, Connection


class Outside:
    """What is not the engine, and so survives its crashes."""

    def __init__(self) -> None:
        self.begin()

    def begin(self, count: int = 0, every: float = 0.0) -> None:
        self.sent = list(range(count))
        self.every = every
        self.acknowledged: set[int] = set()
        self.brought = 0
        self.got: list[Any] = []
        self.away = False


OUTSIDE = Outside()


class Brings(Source, type="test/brings"):
    """Brings what is not acknowledged, as a broker does."""

    def __post_init__(self) -> None:
        self._numbers: dict[int, int] = {}

    async def run(self) -> AsyncIterator[Message]:
        for number in [n for n in OUTSIDE.sent if n not in OUTSIDE.acknowledged]:
            if OUTSIDE.every:
                await self.clock.sleep(OUTSIDE.every)
            msg = Message(number, topic=f"key {number % 3}")
            self._numbers[id(msg)] = number
            self._hold = [*getattr(self, "_hold", ()), msg]
            OUTSIDE.brought += 1
            yield msg
        await asyncio.Event().wait()

    def done(self, messages: list[Message]) -> None:
        OUTSIDE.acknowledged.update(msg.payload for msg in messages)


class Forgets(Brings, type="test/forgets"):
    """Wants to hear what is done, but brings nothing again."""

    def brings_again(self) -> bool:
        return False


class Takes(Actuator, type="test/takes"):
    """Takes messages, unless the other side is away."""

    retry = Retry(attempts=0, delay=0.05, most=0.2)

    async def write(self, msg: Message) -> None:
        await self.clock.sleep(0.001)
        if OUTSIDE.away:
            raise Retryable("away")
        OUTSIDE.got.append(msg.payload)


class Machine(Connection, type="test/machine"):
    """A device."""

    ot = True


class Commands(Takes, type="test/commands"):
    """Commands a device."""

    machine: Machine


class Odd(Transform, type="test/odd"):
    """Remembers something that cannot be stored, or something else than it did."""

    mark: State[Any] = None
    sort: str = "object"

    def process(self, msg: Message) -> Message:
        self.mark = object() if self.sort == "object" else msg.payload
        return msg
