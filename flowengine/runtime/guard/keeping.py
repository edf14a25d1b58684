"""Has what of the guard must outlast its process stored: in a thread, as a safe value waits for no disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

LOG = logging.getLogger("flowengine.guard")

AGAIN: Final = 1.0
"""Seconds before a failed write is tried again."""

State = dict[str, Any]


class GuardKeeping:
    """Writes the guard's state in a thread, one at a time; of those that came meanwhile only the newest is written."""

    def __init__(self, keep: Callable[[State], None]) -> None:
        """`keep` stores a state; called in a thread."""
        self._keep = keep
        self._thread = ThreadPoolExecutor(1, "guard state")
        self._storing: asyncio.Future[None] | None = None
        self._unstored: State | None = None
        self._complained = ""
        self._retry = float("inf")

    def store(self, state: State) -> None:
        """Begin to store a state."""
        self._unstored = state
        if self._storing is None or self._storing.done():
            self._begin()

    def look(self, now: float) -> None:
        """Try a failed write again, when it is time."""
        if self._storing is None or not self._storing.done() or self._unstored is None:
            self._retry = float("inf")
        elif self._retry == float("inf"):
            self._retry = now + AGAIN
        elif now >= self._retry:
            self._begin()

    async def stored(self) -> None:
        """Return when all that was given is stored.

        Raises:
            OSError: it could not be.
        """
        while self._storing is not None:
            storing = self._storing
            await asyncio.shield(storing)
            if storing is self._storing and self._unstored is None:
                return
            await asyncio.sleep(0)

    def close(self) -> None:
        """Take no more."""
        self._thread.shutdown(wait=False)

    def _begin(self) -> None:
        state, self._unstored = self._unstored, None
        if state is not None:
            self._storing = asyncio.get_running_loop().run_in_executor(self._thread, self._keep, state)
            self._storing.add_done_callback(lambda storing: self._ended(storing, state))

    def _ended(self, storing: asyncio.Future[None], state: State) -> None:
        error = None if storing.cancelled() else storing.exception()
        if error is None:
            self._complained = ""
            self._begin()
            return
        self._unstored = self._unstored or state
        if self._complained != str(error):
            self._complained = str(error)
            LOG.error(
                "what the guard must remember over a start could not be stored: %s; it is tried until it is", error
            )
