"""The ends of a measured flow: a source of bursts, a rate meter, and one that says when the first message has come.

They do what their Node-RED twins (`nodered/bench_nodes/bench.js`) do, and report in the same way: one line on stdout,
"@bench " and a JSON object.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import Message, Source, Transform


def say(**report: Any) -> None:
    """Write a report."""
    sys.stdout.write("@bench " + msgspec.json.encode(report).decode() + "\n")
    sys.stdout.flush()


CHUNK = 250
"""Messages that the source hands over at a time."""


def _numbers(numbers: range) -> list[Message]:
    """Return messages with a number."""
    return [Message(number % 4096, "bench") for number in numbers]


def _nested(numbers: range) -> list[Message]:
    """Return messages with an object of ten leaves."""
    return [
        Message(
            {
                "machine": {"line": "L1", "cell": 4, "name": "oven"},
                "temperature": {"value": number % 4096, "unit": "degC", "limits": {"low": 20, "high": 250}},
                "state": {"running": True, "alarms": ["door", "fan"], "batch": "B-17"},
            },
            "bench",
        )
        for number in numbers
    ]


class BenchSource(Source, type="bench/source"):
    """Send bursts of messages, each when the one before has been acknowledged, and say how fast that went.

    A sample is several bursts; its rate, in messages a second, is reported.
    """

    samples: Annotated[int, Meta(ge=1, description="How many rates to take")]
    bursts: Annotated[int, Meta(ge=1, description="Bursts in a sample")]
    burst: Annotated[int, Meta(ge=1, description="Messages in a burst")]
    shape: Annotated[Literal["number", "nested"], Meta(description="What the payload is")] = "number"

    async def run(self) -> AsyncIterator[list[Message]]:
        """Send."""
        make = _nested if self.shape == "nested" else _numbers
        self._drained = asyncio.Event()
        await self.clock.sleep(0.2)
        for _ in range(self.samples):
            began = time.perf_counter()
            for _ in range(self.bursts):
                self._left = self.burst
                self._drained.clear()
                for start in range(0, self.burst, CHUNK):
                    yield make(range(start, min(start + CHUNK, self.burst)))
                await self._drained.wait()
            say(event="sample", rate=self.bursts * self.burst / (time.perf_counter() - began))

    def brings_again(self) -> bool:
        """Say no: like its twin it begins anew after a crash, and so need not wait for the disk."""
        return False

    def done(self, messages: list[Message]) -> None:
        """Count what has been acknowledged."""
        self._left -= len(messages)
        if self._left == 0:
            self._drained.set()


class BenchRate(Transform, type="bench/rate"):
    """Say once a second how many good messages a second have come."""

    async def start(self) -> None:
        """Begin to count."""
        self._count = 0
        self._began = time.perf_counter()
        self._timer = self.clock.call_later(1.0, self._tell)

    async def stop(self) -> None:
        """Stop counting."""
        self._timer.cancel()

    def process(self, msg: Message) -> None:
        """Count one, unless it says that a reading failed."""
        if msg.quality == "good":
            self._count += 1

    def _tell(self) -> None:
        now = time.perf_counter()
        say(event="rate", rate=self._count / (now - self._began))
        self._count, self._began = 0, now
        self._timer = self.clock.call_later(1.0, self._tell)


class BenchFirst(Transform, type="bench/first"):
    """Say that the first message has come."""

    def __post_init__(self) -> None:
        """Begin with none."""
        self._said = False

    def process(self, msg: Message) -> None:
        """Say it once."""
        if not self._said:
            self._said = True
            say(event="first")


class BenchChanged(Transform, type="bench/changed"):
    """Say when the first message with another payload than the one before has come."""

    def __post_init__(self) -> None:
        """Begin with none."""
        self._last: Any = None

    def process(self, msg: Message) -> None:
        """Say it once for each."""
        if msg.payload != self._last:
            self._last = msg.payload
            say(event="changed", payload=msg.payload)
