"""What nodes of a flow keep beside its checkpoints: what displays show, what nodes in the field process remember.

Nothing that is acknowledged depends on it, so it is written every other second and when the flow stops, whether the
flow has checkpoints or not. After a kill it may be two seconds old.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flowengine.node import Node
from flowengine.store.checkpoints import Stored
from flowengine.store.flow_files import KEEPSAKES
from flowengine.store.kept import KeptValues
from flowengine.store.packing import pack_value, unpack_value

if TYPE_CHECKING:
    from flowengine.runtime.live import LiveFlow

EVERY: Final = 2.0
"""Seconds between two looks."""

LARGEST: Final = 1_000_000
"""Bytes that one node may keep; one that has more is left out."""


class Keepsakes:
    """The keepsakes of one live flow: read at its start, written every other second while they change."""

    def __init__(self, live: LiveFlow) -> None:
        self._live = live
        self._file: KeptValues | None = None
        self._task: asyncio.Task[None] | None = None
        self._marks: dict[str, Any] = {}
        """Node -> a mark that changes when its keepsake does, for nodes whose keepsakes are costly to encode."""
        self._values: dict[str, Stored] = {}
        self._unkept: set[str] = set()
        self._trouble = False
        self._lock = asyncio.Lock()

    async def read(self) -> None:
        """Read what was kept, if anything was; what cannot be read is left, with a warning."""
        live, path = self._live, self._path()
        if path is None or not await asyncio.to_thread(path.exists):
            return
        try:
            self._file = await asyncio.to_thread(KeptValues, path)
        except (OSError, sqlite3.Error) as error:
            live.log.warning("%s: what displays showed cannot be read: %s", live.plan.name, error)
            return
        if self._file.damage:
            live.log.warning("%s: what displays showed was damaged: %s", live.plan.name, self._file.damage)
        self._values = dict(self._file.values)

    def give(self) -> None:
        """Give nodes back what they kept; called before they start. What does not fit is dropped, with a warning."""
        live = self._live
        for name, node in self._keepers().items():
            stored = self._values.get(name)
            if stored is not None and stored.kind == node.type:
                try:
                    node.regain(unpack_value(stored.data))
                except Exception as error:  # noqa: BLE001 - whatever a node makes of an old value, the flow starts
                    live.log.warning("%s/%s: what it kept is dropped: %s", live.plan.name, name, error)

    def start(self) -> None:
        """Write from now on, every other second, if there is a node that keeps anything; once more does nothing."""
        if self._task is None and self._path() is not None and self._keepers():
            self._task = asyncio.create_task(self._run(), name=f"what {self._live.plan.name} keeps")

    async def close(self, forget: bool) -> None:
        """Write what there is, and no more; with `forget`, delete it."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if not forget:
                await self._store()
        file, self._file = self._file, None
        if file is not None:
            await asyncio.to_thread(file.close, forget)

    async def _run(self) -> None:
        while True:
            await self._live.around.clock.sleep(EVERY)
            await asyncio.shield(self._store())

    async def _store(self) -> None:
        live, path = self._live, self._path()
        async with self._lock:
            self._look()
            if path is None or (self._file is None and not self._values):
                return
            try:
                if self._file is None:
                    self._file = await asyncio.to_thread(KeptValues, path)
                await asyncio.to_thread(self._file.write, dict(self._values))
            except (OSError, sqlite3.Error) as error:
                if not self._trouble:
                    live.log.warning("%s: what displays show cannot be stored: %s", live.plan.name, error)
                self._trouble = True
                return
            if self._trouble:
                live.log.warning("%s: what displays show is stored again", live.plan.name)
            self._trouble = False

    def _look(self) -> None:
        """Take up what nodes keep, where it may have changed."""
        live, keepers = self._live, self._keepers()
        counted = live.looking.numbers(keepers)
        values: dict[str, Stored] = {}
        for name, node in keepers.items():
            mark = (id(node), counted[name]) if node.grows and name in counted else None
            if mark is not None and mark == self._marks.get(name):
                if name in self._values:
                    values[name] = self._values[name]
                continue
            self._marks[name] = mark
            try:
                value = node.keepsake()
                data = b"" if value is None else pack_value(value)
                if len(data) > LARGEST:
                    raise ValueError(f"{len(data)} bytes are more than {LARGEST}")
            except Exception as error:  # noqa: BLE001 - a stranger's code
                if name not in self._unkept:
                    self._unkept.add(name)
                    live.log.warning("%s/%s: what it keeps cannot be stored: %s", live.plan.name, name, error)
                continue
            if data:
                values[name] = Stored(node.type, data)
        self._values = values

    def _keepers(self) -> dict[str, Node]:
        return {name: node for name, node in self._live.nodes.items() if type(node).keepsake is not Node.keepsake}

    def _path(self) -> Path | None:
        plan, folder = self._live.plan, self._live.around.checkpoints
        return None if folder is None or plan.delivery == "at-most-once" else keepsakes_file(folder, plan.name)


def keepsakes_file(folder: Path, flow: str) -> Path:
    """Return where it is."""
    return folder / f"{flow}{KEEPSAKES}"
