"""Work on the engine's loop that is never in its way for longer than a slice of time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any, Final, TypeVar

SLICE: Final = 0.0002
"""Seconds of work after which a control loop, or whatever else is due, goes first."""
REST: Final = 0.001
"""Seconds until the next slice: time enough for whatever was due to be done with."""

T = TypeVar("T")


class Pace:
    """Paces one piece of work."""

    def __init__(self) -> None:
        self.busy = 0.0
        """Seconds that it has taken so far, without the rests."""
        self._began = time.perf_counter()

    async def rest(self) -> None:
        """Let others go first, if a slice is over."""
        worked = time.perf_counter() - self._began
        if worked >= SLICE:
            self.busy += worked
            await asyncio.sleep(REST)
            self._began = time.perf_counter()

    async def drive(self, steps: Generator[Any, None, T]) -> T:
        """Work step by step; returns what comes of it."""
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found: T = end.value
                return found
            await self.rest()


def at_once(steps: Generator[Any, None, T]) -> T:
    """Do all steps without a rest; returns what comes of it."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found
