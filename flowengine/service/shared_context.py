"""Keeps the context of scope `global` over a restart."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any, Final

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.store.checkpoints import Stored
from flowengine.store.kept import KeptValues
from flowengine.store.packing import pack_value, unpack_value

LOG = logging.getLogger("flowengine.service")

EVERY: Final = 0.2
"""Seconds between two looks at whether something has been set."""

SHARE: Final = 20
"""The next look waits for so many times as long as the last one took: 5 % of the loop's time at most."""


class KeptContext:
    """The values of one installation, shared by all its flows; each top-level name is kept by itself.

    They are no part of any flow's checkpoint: what was set in the last 0.2 s before a kill is gone, and what a source
    brings again after it sets its values again.
    """

    def __init__(self, context: MemoryContext, file: Path, clock: Clock) -> None:
        self._context, self._path, self._clock = context, file, clock
        self._file: KeptValues | None = None
        self._task: asyncio.Task[None] | None = None
        self._seen = context.changes
        self._values: dict[str, Stored] = {}
        self._unkept: set[str] = set()
        self._trouble = False
        self._lock = asyncio.Lock()

    async def begin(self) -> None:
        """Give back what was kept, and keep what is set from now on; called before flows start."""
        if await asyncio.to_thread(self._path.exists):
            try:
                self._file = await asyncio.to_thread(KeptValues, self._path)
            except (OSError, sqlite3.Error) as error:
                LOG.error("the global context cannot be read, so it begins empty: %s", error)
            else:
                self._restore(self._file)
        self._task = asyncio.create_task(self._run(), name="global context")

    def _restore(self, file: KeptValues) -> None:
        if file.damage:
            LOG.error("the global context was damaged: %s", file.damage)
        self._values = dict(file.values)
        found: dict[str, Any] = {}
        for name, stored in self._values.items():
            try:
                found[name] = unpack_value(stored.data)
            except ValueError as error:
                LOG.error("the value '%s' of the global context is dropped: %s", name, error)
        self._context.restore(found | self._context.values)
        self._seen = self._context.changes

    async def end(self) -> None:
        """Keep what has been set, and close the file; once more does nothing."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._store()
        if self._file is not None:
            await asyncio.to_thread(self._file.close)

    async def _run(self) -> None:
        pause = EVERY
        while True:
            await self._clock.sleep(pause)
            before = self._clock.monotonic()
            await asyncio.shield(self._store())
            pause = max(EVERY, SHARE * (self._clock.monotonic() - before))

    async def _store(self) -> None:
        async with self._lock:
            if self._context.changes == self._seen and not self._trouble:
                return
            self._seen = self._context.changes
            self._look()
            try:
                if self._file is None:
                    self._file = await asyncio.to_thread(KeptValues, self._path)
                await asyncio.to_thread(self._file.write, dict(self._values))
            except (OSError, sqlite3.Error) as error:
                if not self._trouble:
                    LOG.error("the global context cannot be stored: %s; it is tried again and again", error)
                self._trouble = True
                return
            if self._trouble:
                LOG.warning("the global context is stored again")
            self._trouble = False

    def _look(self) -> None:
        self._values = {}
        for name, value in self._context.values.items():
            try:
                self._values[name] = Stored("context", pack_value(value))
            except ValueError as error:
                if name not in self._unkept:
                    self._unkept.add(name)
                    LOG.warning("the value '%s' of the global context cannot be stored: %s", name, error)
