"""Changes of what runs come one after another, each to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from flowengine.errors import NotAllowed
from flowengine.service.answers import Deployed
from flowengine.service.standing import Standing
from flowengine.service.who import Who

T = TypeVar("T")


class Turns:
    """Lets changes of what runs pass one at a time."""

    def __init__(self, standing: Standing, after: Callable[[], None]) -> None:
        """Take what is told of deploys, and what is called after each change, whether it failed or not."""
        self._standing, self._after = standing, after
        self.lock = asyncio.Lock()
        """Held by the change that is under way."""
        self.stopping = False
        """Whether no further change may begin."""

    async def change(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do something in its turn; it goes on when the caller no longer waits.

        Raises:
            NotAllowed: the engine is stopping.
        """

        async def work() -> T:
            async with self.lock:
                if self.stopping:
                    raise NotAllowed("the engine is stopping")
                try:
                    return await begin()
                finally:
                    self._after()

        return await _to_its_end(work())

    async def deploy(self, begin: Callable[[], Coroutine[Any, Any, Deployed]], who: Who) -> Deployed:
        """Do a deploy in its turn, and tell of it."""

        async def work() -> Deployed:
            done = await begin()
            for name in dict.fromkeys([*done.revisions, *done.restarted]):
                self._standing.tell_deployed(name, who.name)
            self._standing.tell()
            return done

        return await self.change(work)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end, also when whoever waits for it goes away."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody is left to hear of it
        raise
