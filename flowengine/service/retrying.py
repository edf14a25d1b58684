"""Starts flows again that did not start for a reason that lies outside of them: their store could not be opened."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from flowengine.clock import Clock
from flowengine.errors import FlowEngineError, StoreUnavailable
from flowengine.service.standing import Standing

LOG = logging.getLogger("flowengine.service")

FIRST, LONGEST = 1.0, 8.0
"""Seconds before the first try, and at most between two: each pause is twice as long as the one before."""


class Retrying:
    """Tries again and again to start flows that wait for their store. Belongs to the engine's loop."""

    def __init__(self, standing: Standing, start: Callable[[str], Awaitable[None]], clock: Clock) -> None:
        """Take how things stand, and what starts a flow."""
        self._standing, self._start, self._clock = standing, start, clock
        self._trying: dict[str, asyncio.Task[None]] = {}

    def begin(self) -> None:
        """See to all flows that wait for their store."""
        for name in self._standing.passing - self._trying.keys():
            self._trying[name] = asyncio.create_task(self._try(name), name=f"retry {name}")

    async def end(self) -> None:
        """Stop trying."""
        for task in self._trying.values():
            task.cancel()
        await asyncio.gather(*self._trying.values(), return_exceptions=True)

    async def _try(self, name: str) -> None:
        pause = FIRST
        try:
            while name in self._standing.passing:
                await self._clock.sleep(pause)
                pause = min(2 * pause, LONGEST)
                with contextlib.suppress(StoreUnavailable):
                    await self._start(name)
                    LOG.info("%s: what it holds can be stored again", name)
        except FlowEngineError as error:  # another reason now, which does not pass by itself
            LOG.error("%s", error)
        finally:
            del self._trying[name]
