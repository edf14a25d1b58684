"""Messages held until they are due: a bounded queue by due time with a single timer."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from flowengine import BadData, Clock, Message
from flowengine_nodes.timing.due import Due, kept, left

WhenFull = Literal["drop-oldest", "drop-newest"]

ROUNDING = 1e-6
"""Seconds by which a timer may be early, since the loop rounds."""


class Held:
    """Holds up to `size` messages and gives each to `emit` when it is due, in order of due time, then of arrival.

    A message too many is given to `fail` with the reason: the one that would leave next (`drop-oldest`) or the new one.
    """

    def __init__(
        self,
        clock: Clock,
        emit: Callable[[Message], None],
        fail: Callable[[Exception, Message], None],
        size: int,
        full: WhenFull,
    ) -> None:
        self._clock, self._emit, self._fail, self._size, self._full = clock, emit, fail, size, full
        self._heap: list[tuple[float, int, Message]] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, msg: Message, seconds: float) -> None:
        """Hold a message for so long."""
        heap = self._heap
        if len(heap) >= self._size:
            too_many = BadData(f"more than {self._size} messages are held back: this one was dropped ({self._full})")
            if self._full == "drop-newest":
                self._fail(too_many, msg)
                return
            self._fail(too_many, heapq.heappop(heap)[2])
        due = self._clock.monotonic() + seconds
        self._number += 1
        heapq.heappush(heap, (due, self._number, msg))
        if self._timer is None or due < self._timer_due:
            self._arm()

    def take(self, count: int | None = None) -> list[Message]:
        """Hand over the next `count` messages (all if None), in order; they are no longer held."""
        number = len(self._heap) if count is None else min(count, len(self._heap))
        taken = [heapq.heappop(self._heap)[2] for _ in range(number)]
        if not self._heap:
            self.cancel()
        return taken

    def waiting(self) -> list[tuple[Due, Message]]:
        """Return what is held and when it is due, in order."""
        return [(kept(self._clock, due), msg) for due, _, msg in sorted(self._heap)]

    def restore(self, waiting: Iterable[Any]) -> None:
        """Take back what `waiting` returned; what has become due meanwhile leaves at once."""
        for due, msg in waiting:
            self.add(message_of(msg), left(self._clock, due))

    def cancel(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self.cancel()
        self._timer_due = self._heap[0][0]
        self._timer = self._clock.call_later(self._timer_due - self._clock.monotonic(), self._release)

    def _release(self) -> None:
        self._timer = None
        heap, now = self._heap, self._clock.monotonic() + ROUNDING
        while heap and heap[0][0] <= now:
            self._emit(heapq.heappop(heap)[2])
        if heap and self._timer is None:
            self._arm()


def message_of(value: Any) -> Message:
    """Return a message that was kept as state: the object itself, or what JSON made of it."""
    return value if isinstance(value, Message) else msgspec.convert(value, Message)
