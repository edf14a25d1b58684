"""A control loop that says how late it runs."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine import Message, Source, Transform


class BenchLoop(Source, type="bench/loop"):
    """Send a message at each tick of a fixed grid; its payload is when it was due, monotonic seconds."""

    interval: Annotated[float, Meta(gt=0, description="Seconds from tick to tick")] = 0.01

    async def run(self) -> AsyncIterator[Message]:
        """Send."""
        due = time.perf_counter()
        while True:
            due += self.interval
            await self.clock.sleep(due - time.perf_counter())
            yield Message(due, "loop")


class BenchLate(Transform, type="bench/late"):
    """Take what a loop has sent at the end of its chain, and report once in so many messages how late they came."""

    every: Annotated[int, Meta(ge=1, description="Messages in a report")] = 500

    def __post_init__(self) -> None:
        """Begin with none."""
        self._late: list[float] = []

    def process(self, msg: Message) -> None:
        """Measure one; the report is the latenesses in ms."""
        self._late.append((time.perf_counter() - msg.payload) * 1000)
        if len(self._late) >= self.every:
            sys.stdout.write("@bench " + msgspec.json.encode({"event": "late", "late": self._late}).decode() + "\n")
            sys.stdout.flush()
            self._late = []
