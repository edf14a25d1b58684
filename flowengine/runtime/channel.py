"""The wire between two stages: bounded, in order, with a stated policy when it is full."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterable

from flowengine.flow.model import Queue, WhenFull
from flowengine.message import Message
from flowengine.runtime.delivery import Delivery

Item = tuple[Message, Delivery | None, str]
"""A message, what to tell when it is finished with, and the input port it came to."""

Put = Callable[[Message, Delivery | None], None]


class Channel:
    """The inbox of one stage, carried in memory.

    A chain is never interrupted to wait: with the policy `block` its producer looks at `full` before it begins the
    next batch and waits in `room`. So a channel holds at most `size` messages plus what one batch made of it.
    """

    def __init__(self, size: int = Queue().size) -> None:
        self.size = size
        self.items: deque[Item] = deque()
        self.drops: dict[str, int] = {}
        """Messages given up because the channel was full, by the policy that gave them up."""
        self.max_age = 0.0
        """Seconds after which a message may no longer be handled; 0: there is no limit."""
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []

    @property
    def full(self) -> bool:
        """Whether a producer should wait."""
        return len(self.items) >= self.size

    @property
    def depth(self) -> int:
        """How many messages wait."""
        return len(self.items)

    @property
    def limit(self) -> int:
        """How many messages may wait, wherever they are."""
        return self.size

    @property
    def dropped(self) -> int:
        """How many messages have been given up."""
        return sum(self.drops.values())

    def age(self, now: float) -> float:
        """Return how old the oldest message is that waits in memory, in seconds since its reading; 0: none waits."""
        return max(0.0, now - self.items[0][0].time) if self.items else 0.0

    def putter(self, port: str, when_full: WhenFull) -> Put:
        """Return the function that puts messages for one input port, by one policy."""
        items = self.items
        if when_full in ("drop-oldest", "drop-newest"):
            self.drops.setdefault(when_full, 0)

        def put(msg: Message, delivery: Delivery | None) -> None:
            if delivery is not None:
                delivery.pending += 1
            items.append((msg, delivery, port))
            reader = self._reader
            if reader is not None and not reader.done():
                reader.set_result(None)

        def put_or_drop(msg: Message, delivery: Delivery | None) -> None:
            if len(items) >= self.size:
                self.drops[when_full] += 1
                if when_full == "drop-newest":
                    return
                oldest = items.popleft()[1]
                if oldest is not None:
                    oldest.finish()
            put(msg, delivery)

        return put if when_full == "block" else put_or_drop

    async def wait(self) -> None:
        """Return when there is something to take."""
        if not self.items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None

    def take(self) -> Item:
        """Take the oldest message; the channel must not be empty."""
        item = self.items.popleft()
        if self._writers and len(self.items) < self.size:
            self._wake_writers()
        return item

    async def room(self) -> None:
        """Return when the channel is no longer full."""
        while self.full:
            waiter = asyncio.get_running_loop().create_future()
            self._writers.append(waiter)
            await waiter

    def open_wide(self) -> None:
        """Keep nobody waiting any more: what is still put in is dealt with at once."""
        self.size = sys.maxsize
        self._wake_writers()

    def _wake_reader(self) -> None:
        if self.items and self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _wake_writers(self) -> None:
        for waiter in self._writers:
            if not waiter.done():
                waiter.set_result(None)
        self._writers.clear()


async def room_in(channels: Iterable[Channel]) -> None:
    """Return when none of the channels is full."""
    for channel in channels:
        if channel.full:
            await channel.room()
