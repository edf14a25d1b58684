"""Where failed messages go when no error port takes them: to the dead letters, before they are acknowledged.

What the disk does not take waits, is shown as a fault of its flow, and is tried again until it is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from typing import Final

from flowengine.runtime.delivery import Delivery, is_owed
from flowengine.store.dead_letters import DeadLetter, DeadLetters

LOG = logging.getLogger("flowengine.flow")

MOST_WAITING: Final = 20_000
"""Letters that may wait for the disk. Beyond it they are written on the spot, which slows the flow that fails; while
the disk takes none, the oldest that nobody brings again is given up, and counted as dropped."""

AGAIN: Final = 1.0
"""Seconds until letters that the disk did not take are tried again."""


class Failures:
    """Gathers dead letters and writes them in batches from a thread."""

    def __init__(self, store: DeadLetters, on_trouble: Callable[[str, str], None] = lambda flow, problem: None) -> None:
        """`on_trouble` hears of each flow whose letters cannot be stored, and an empty text when they are."""
        self.store = store
        self._on_trouble = on_trouble
        self._waiting: list[tuple[DeadLetter, Delivery | None]] = []
        self._writing: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._in_trouble: set[str] = set()
        """Flows whose letters the disk did not take."""
        self._lost = 0
        """Letters given up since the last were stored."""

    @property
    def full(self) -> bool:
        """Whether so many wait that sources which can wait should."""
        return len(self._waiting) >= MOST_WAITING // 2

    def add(self, letter: DeadLetter, delivery: Delivery | None) -> None:
        """Keep a letter; its delivery goes on when it is on disk."""
        if delivery is not None:
            delivery.pending += 1
        self._waiting.append((letter, delivery))
        if len(self._waiting) > MOST_WAITING:
            self._make_room()
        elif self._writing is None and self._again is None:
            self._begin()

    async def written(self) -> None:
        """Return when nothing waits for the disk any more.

        Raises:
            OSError: the disk does not take it now; it waits, and is tried again.
        """
        while self._waiting or self._writing is not None:
            await asyncio.shield(self._writing or self._begin())

    async def end(self) -> None:
        """Write what waits a last time; what the disk does not take is lost, and the log says how much."""
        with contextlib.suppress(OSError):
            await self.written()
        if self._again is not None:
            self._again.cancel()
        if self._waiting:
            LOG.error("%d dead letters are lost: the disk did not take them until the end", len(self._waiting))

    def _begin(self) -> asyncio.Task[None]:
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._writing = asyncio.get_running_loop().create_task(self._write(), name="dead letters")
        self._writing.add_done_callback(_heard)
        return self._writing

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, lost = self._waiting, self._lost
                self._waiting, self._lost = [], 0
                try:
                    await asyncio.to_thread(self.store.add, [letter for letter, _ in batch], lost)
                except (OSError, sqlite3.Error) as error:
                    self._waiting, self._lost = batch + self._waiting, self._lost + lost
                    self._failed(error)
                    raise OSError(f"dead letters cannot be stored: {error}") from error
                self._stored(batch)
        finally:
            self._writing = None

    def _make_room(self) -> None:
        """Drop the oldest letters above the bound, while the disk takes none."""
        if not self._in_trouble:
            batch, self._waiting = self._waiting, []
            try:
                self.store.add([letter for letter, _ in batch], self._lost)
            except (OSError, sqlite3.Error) as error:
                self._waiting = batch + self._waiting
                self._failed(error)
            else:
                self._lost = 0
                self._stored(batch)
                return
        oldest = next((n for n, (_, delivery) in enumerate(self._waiting) if not is_owed(delivery)), None)
        if oldest is not None:  # of the others there are no more than their sources have under way
            _, delivery = self._waiting.pop(oldest)
            self._lost += 1
            if delivery is not None:
                delivery.finish()

    def _failed(self, error: Exception) -> None:
        """Show that letters cannot be stored, and try again in a while."""
        if not self._in_trouble:
            LOG.error("dead letters cannot be stored: %s; they wait, and it is tried again every second", error)
        for flow in {letter.flow for letter, _ in self._waiting}:
            self._in_trouble.add(flow)
            self._on_trouble(flow, f"dead letters cannot be stored: {error}")
        if self._again is None:
            self._again = asyncio.get_running_loop().call_later(AGAIN, self._begin)

    def _stored(self, batch: list[tuple[DeadLetter, Delivery | None]]) -> None:
        if self._in_trouble:
            LOG.warning("dead letters are stored again")
            flows, self._in_trouble = self._in_trouble, set()
            for flow in flows:
                self._on_trouble(flow, "")
        for _, delivery in batch:
            if delivery is not None:
                delivery.finish()


def _heard(writing: asyncio.Task[None]) -> None:
    """Retrieve a task's exception, so that asyncio does not report as lost what has been told already."""
    if not writing.cancelled():
        writing.exception()
