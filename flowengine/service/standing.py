"""How things stand: what runs, what is on disk, which flows were stopped or did not start; and who hears of changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from flowengine.errors import DeployFailed, StoreUnavailable
from flowengine.flow.plan import Plan
from flowengine.flow.project import CONNECTIONS
from flowengine.runtime.flows import Flows
from flowengine.service.contents import Contents
from flowengine.service.deploys.conflicts import Conflicts
from flowengine.service.deploys.plans import Prepared
from flowengine.service.deploys.switch import Switch, Taps
from flowengine.service.folder import Folder

LOG = logging.getLogger("flowengine.service")


class Standing:
    """How one folder stands. It belongs to the engine's loop; contents are immutable, for any thread to read."""

    def __init__(self, folder: Folder, engine: Flows, conflicts: Conflicts) -> None:
        self._folder = folder
        self._conflicts = conflicts
        self.folder: Path = folder.folder
        self.engine = engine
        self.disk: Contents = folder.read()
        self.live: Contents = self.disk
        self._looking = asyncio.Lock()
        self.taps: Taps = lambda plan: {}
        self.stopped: set[str] = set()
        """Flows that somebody has stopped, until their next deploy."""
        self.failures: dict[str, str] = {}
        """Flows that could not be started, and why."""
        self.passing: set[str] = set()
        """Those of `failures` that may pass without anybody's doing: the store could not be opened."""
        self.on_change: list[Callable[[], None]] = []
        self.on_deployed: list[Callable[[str, str, str], None]] = []
        engine.changed.append(self.tell)
        conflicts.saw(self.disk)

    def running(self) -> dict[str, Plan]:
        """Return the plans that run."""
        return {name: flow.plan for name, flow in list(self.engine.flows.items())}

    async def look(self) -> bool:
        """Look at the folder; returns whether it holds something else than at the last look."""
        async with self._looking:  # one look at a time, so that an older one never comes last
            return await self._look()

    async def _look(self) -> bool:
        try:
            disk = await asyncio.to_thread(self._folder.read)
        except OSError as error:
            LOG.warning("the folder of flows cannot be read: %s", error)
            return False
        changed = bool(disk.differing(self.disk)) or disk.project.problems != self.disk.project.problems
        self.disk = disk
        if changed:
            self._conflicts.saw(disk)
            self.tell()
        return changed

    def moved(self, after: Contents, names: Iterable[str], prepared: Prepared, switch: Switch) -> None:
        """Take over what a deploy has done."""
        names = list(names)
        self.live = after
        self._conflicts.saw(after)
        self._folder.expect(after.file(name) for name in names if name in after.project.flows)
        touched = {*names, *prepared.plans, *prepared.ended} - {CONNECTIONS}
        for name in touched:
            self.stopped.discard(name)
            if name in switch.failed:
                self.failed(name, switch.failed[name])
            else:
                self.good(name)

    def failed(self, name: str, error: DeployFailed) -> None:
        """Note that a flow could not be started."""
        why = str(error)
        self.passing.discard(name)
        if isinstance(error, StoreUnavailable):
            self.passing.add(name)
            why += "; it is tried again by itself"
        self.failures[name] = why
        self.engine.faults.flow_failed(name, why)

    def good(self, name: str) -> None:
        """Note that a flow runs, or is not meant to."""
        self.passing.discard(name)
        if self.failures.pop(name, None) is not None:
            self.engine.faults.flow_good(name)

    def tell(self) -> None:
        """Tell all listeners that something has changed."""
        for listener in list(self.on_change):
            try:
                listener()
            except Exception:
                LOG.exception("a listener failed")

    def tell_deployed(self, name: str, by: str) -> None:
        """Tell all listeners that a flow has been deployed."""
        for listener in list(self.on_deployed):
            try:
                listener(name, self.live.revision(name), by)
            except Exception:
                LOG.exception("a listener failed")
