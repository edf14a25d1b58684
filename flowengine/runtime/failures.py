"""Where failed messages go when no error port takes them: to the dead letters, before they are acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from flowengine.runtime.delivery import Delivery
from flowengine.store.dead_letters import DeadLetter, DeadLetters

MOST_WAITING: Final = 20_000
"""Letters that may wait for the disk; beyond it they are written on the spot, which slows the flow that fails."""


class Failures:
    """Gathers dead letters and writes them in batches from a thread."""

    def __init__(self, store: DeadLetters) -> None:
        self.store = store
        self._waiting: list[tuple[DeadLetter, Delivery | None]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, letter: DeadLetter, delivery: Delivery | None) -> None:
        """Keep a letter; its delivery goes on when it is on disk."""
        if delivery is not None:
            delivery.pending += 1
        self._waiting.append((letter, delivery))
        if len(self._waiting) > MOST_WAITING:
            batch, self._waiting = self._waiting, []
            self.store.add(letter for letter, _ in batch)
            _finish(batch)
        elif self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def written(self) -> None:
        """Return when nothing waits for the disk any more."""
        while self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await asyncio.to_thread(self.store.add, [letter for letter, _ in batch])
                _finish(batch)
        finally:
            self._task = None


def _finish(batch: list[tuple[DeadLetter, Delivery | None]]) -> None:
    for _, delivery in batch:
        if delivery is not None:
            delivery.finish()
