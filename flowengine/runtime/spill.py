"""An inbox that keeps what it has no room for on disk: for sources that cannot wait while the other side is away.

Up to `size` messages are in memory. What comes then goes behind them: first in memory, until the next checkpoint has
stored it, from then on as a row in the flow's file alone. It is read back in pieces, in order, as room is made. In a
flow without a store all of it stays in memory.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from flowengine.flow.model import Queue, WhenFull
from flowengine.message import Message
from flowengine.runtime.channel import Channel, Item, Put
from flowengine.runtime.delivery import Delivery

MOST_UNSTORED: Final = 10_000
"""Messages that may wait for the disk; beyond it producers that can wait do so."""

PAUSE: Final = 1.0
"""Seconds until reading is tried again after the disk has failed."""

Load = Callable[[int, int], Awaitable[list[tuple[int, Item]]]]
"""(after, most): reads at most so many messages whose numbers are above `after`."""


class Spilled:
    """A message of the overflow: behind those that the stage can take from memory."""

    __slots__ = ("item", "number")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.number = 0
        """Its number in the file; 0: it has none yet."""


class SpillingChannel(Channel):
    """The inbox of one stage, with a part of it on disk."""

    def __init__(self, queue: Queue, fail: Callable[[Message, Delivery | None, str], None]) -> None:
        """Take the bounds of a wire; `fail` takes messages that there is no room for, where the wire says so."""
        super().__init__(queue.size)
        self.queue = queue
        if queue.spill_full in ("drop-oldest", "drop-newest"):
            self.drops[queue.spill_full] = 0
        self.overflow: deque[Spilled] = deque()
        self.writing = 0
        """How many messages at the head of the overflow are being written right now."""
        self.stored = 0
        """Messages that are on disk alone."""
        self.last = 0
        """The number of the last message that was taken from the disk."""
        self._fail = fail
        self._load: Load | None = None
        self._numbered: Callable[[int, Item], None] = lambda number, item: None
        self._wanted: Callable[[], None] = lambda: None
        self._loading: asyncio.Task[None] | None = None

    @property
    def depth(self) -> int:
        """How many messages wait, wherever they are."""
        return len(self.items) + len(self.overflow) + self.stored

    @property
    def limit(self) -> int:
        """How many messages may wait, wherever they are."""
        return max(self.size, self.queue.spill_size)

    @property
    def full(self) -> bool:
        """Whether a producer should wait."""
        if self._load is not None and len(self.overflow) >= MOST_UNSTORED:
            return True
        return self.queue.spill_full == "block" and self.depth >= self.queue.spill_size

    def connect(self, load: Load, numbered: Callable[[int, Item], None], wanted: Callable[[], None]) -> None:
        """Use a store.

        Args:
            load: reads from it.
            numbered: hears of each message in memory that has a number there.
            wanted: hears that there is something to be stored.
        """
        self._load, self._numbered, self._wanted = load, numbered, wanted
        self._advance()

    def resume(self, stored: int, last: int) -> None:
        """Go on with messages that are on disk, behind number `last`."""
        self.stored, self.last = stored, last

    def putter(self, port: str, when_full: WhenFull) -> Put:
        """Return the function that puts messages for one input port; whatever wire they come by, they stay in order."""

        def put(msg: Message, delivery: Delivery | None) -> None:
            if self.depth >= self.queue.spill_size and not self._make_room(msg, delivery, port):
                return
            if delivery is not None:
                delivery.pending += 1
            if self.overflow or self.stored or len(self.items) >= self.size:
                self.overflow.append(Spilled((msg, delivery, port)))
                if len(self.overflow) == 1:
                    self._wanted()
            else:
                self.items.append((msg, delivery, port))
                self._wake_reader()

        return put

    def take(self) -> Item:
        """Take the oldest message; there must be one in memory."""
        item = self.items.popleft()
        self._advance()
        return item

    def open_wide(self) -> None:
        """Keep nobody waiting any more."""
        while self.overflow:
            self.items.append(self.overflow.popleft().item)
        super().open_wide()

    def was_stored(self, written: bool) -> None:
        """Hear that what was being stored is on disk, or is not."""
        count, self.writing = self.writing, 0
        if written and count:
            if not self.stored:
                self.last = self.overflow[0].number - 1
            for _ in range(count):
                self.overflow.popleft()
            self.stored += count
        self._advance()
        if self.overflow:
            self._wanted()

    def _make_room(self, msg: Message, delivery: Delivery | None, port: str) -> bool:
        """Do what the wire says about one message too many; returns whether it may come in."""
        policy = self.queue.spill_full
        if policy == "block":
            return True  # the rest of a batch: its producer waits after it
        if policy == "dead-letter":
            self._fail(msg, delivery, port)
            return False
        self.drops[policy] += 1
        if policy != "drop-oldest" or not self.items:
            return False
        oldest = self.take()[1]
        if oldest is not None:
            oldest.finish()
        return True

    def _advance(self) -> None:
        """Bring what is next into memory."""
        if not self.stored and not self.writing:
            while self.overflow and len(self.items) < self.size:
                spilled = self.overflow.popleft()
                self.items.append(spilled.item)
                if spilled.number:
                    self._numbered(spilled.number, spilled.item)
            self._wake_reader()
        elif self.stored and self._load is not None and self._loading is None and len(self.items) <= self.size // 2:
            self._loading = asyncio.get_running_loop().create_task(self._refill(self._load))
        if self._writers and not self.full:
            self._wake_writers()

    async def _refill(self, load: Load) -> None:
        try:
            while self.stored and len(self.items) <= self.size // 2:
                try:
                    found = await load(self.last, self.size - len(self.items))
                except (OSError, sqlite3.Error):
                    await asyncio.sleep(PAUSE)
                    continue
                for number, item in found:
                    self.items.append(item)
                    self._numbered(number, item)
                    self.last = number
                self.stored = max(0, self.stored - len(found)) if found else 0
                self._wake_reader()
        finally:
            self._loading = None
        self._advance()
