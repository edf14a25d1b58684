"""Simulations of changes that wait for their yeses: run behind the request, one at a time, kept beside the evidence.

A result is of one content on top of another; where either is another by now it says of itself that it is out of date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from flowengine.errors import NotAllowed, TooLarge
from flowengine.flow.content import content_hash
from flowengine.service.changes.book import ChangeBook
from flowengine.service.changes.evidence import SIMULATION, sealed_simulation, simulation_of
from flowengine.store.changes import Change

Simulation = Callable[[Mapping[str, str], Mapping[str, str], float], Any]
"""Runs a content and the one that would follow it on so many hours of what was recorded; returns JSON values."""

MOST: Final = 10
"""Simulations that wait or run."""
HOURS: Final = 4.0
"""Hours of recorded readings, where nobody says how many."""


class Simulations:
    """The simulations of one folder. Coroutines, and `begin`, belong on the engine's loop."""

    def __init__(self, book: ChangeBook) -> None:
        self.run: Simulation | None = None
        self.stop: Callable[[], None] = lambda: None
        """Cancels the simulation that runs."""
        self._book = book
        self._turn = asyncio.Lock()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def running(self, id: int) -> bool:
        """Say whether the change is being simulated, or waits for it; from any thread."""
        return id in self._tasks

    def of(self, change: Change) -> tuple[Mapping[str, Any], bool] | None:
        """Return what was found, and whether that is of another content than the change, or of one that runs no longer.

        None: nothing. May be slow.
        """
        found = simulation_of(self._book.keys.seal, change)
        if found is None:
            return None
        outdated = found["content"] != change.content
        if change.state == "open":
            outdated = outdated or found["base"] != content_hash(self._book.contents(change)[0])
        return found, outdated

    async def again(self, id: int, hours: float) -> None:
        """Simulate a change anew.

        Raises:
            NotFound: there is no such change.
            NotAllowed: it has ended, or nothing here can simulate it.
            TooLarge: too many are being simulated.
        """
        change = await asyncio.to_thread(self._book.open, id)
        if self.run is None:
            raise NotAllowed("changes are not simulated here")
        if len(self._tasks) >= MOST:
            raise TooLarge(f"{MOST} changes are being simulated: wait until one is done")
        self.begin(change, hours)

    def begin(self, change: Change, hours: float = HOURS) -> None:
        """Simulate a change, unless that is under way, or too much is."""
        if self.run is not None and change.id not in self._tasks and len(self._tasks) < MOST:
            self._tasks[change.id] = asyncio.create_task(self._simulate(change, hours), name=f"simulation {change.id}")
            self._book.tell()

    async def _simulate(self, change: Change, hours: float) -> None:
        try:
            async with self._turn:
                await asyncio.to_thread(self._simulated, change, hours)
        finally:
            del self._tasks[change.id]
            self._book.tell()

    def _simulated(self, change: Change, hours: float) -> None:
        assert self.run is not None
        before, after = self._book.contents(change)
        about = {"content": content_hash(after), "base": content_hash(before), "at": self._book.keys.now()}
        found = {**about, "hours": hours, "result": self.run(before, after, hours)}
        self._book.table.note(change.id, SIMULATION, sealed_simulation(self._book.keys.seal, change.id, found))

    async def end(self) -> None:
        """End all."""
        for task in list(self._tasks.values()):
            task.cancel()
        self.stop()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
