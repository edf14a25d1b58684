"""Taking what files hold that were changed outside, by an editor or `git pull`: looked at and checked as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from flowengine.errors import DeployFailed, FlowEngineError, NotFound, OutOfDate
from flowengine.flow.check import used_subflows
from flowengine.flow.diff import FlowDiff, diff
from flowengine.flow.plan import Plan
from flowengine.flow.project import CONNECTIONS
from flowengine.service.answers import Deployed, DeployInvalid, Outside
from flowengine.service.changes.two_keys import TwoKeys
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents, path_of
from flowengine.service.deploys.candidate import touched
from flowengine.service.deploys.permitted import check_permitted
from flowengine.service.deploys.plans import Prepared
from flowengine.service.deploys.renaming import renames
from flowengine.service.deploys.steps import Steps, effect
from flowengine.service.standing import Standing
from flowengine.service.who import Who
from flowengine.store.revisions import Recorded, Revisions, Written


class Taking:
    """Takes files of one folder; the caller sees to it that one take or deploy runs at a time."""

    def __init__(
        self, standing: Standing, steps: Steps, revisions: Revisions, checking: Checking, keys: TwoKeys
    ) -> None:
        self._standing = standing
        self._checking = checking
        self._steps = steps
        self._revisions = revisions
        self._keys = keys

    async def outside(self) -> Outside:
        """Say what taking all that was changed outside would do."""
        await self._standing.look()
        live, disk = self._standing.live, self._standing.disk
        wanted = disk.differing(live)
        after = _after(wanted, live, disk)
        prepared = await self._prepare(wanted, after)
        return await asyncio.to_thread(_outside, wanted, after, live, disk, prepared, self._standing.running())

    async def take(self, names: list[str], who: Who, seen: Mapping[str, str] | None = None) -> Deployed:
        """Run what files hold now; see `Service.take`."""
        standing = self._standing
        await standing.look()
        live, disk = standing.live, standing.disk
        if seen is not None:
            _check_seen(seen, disk)
        wanted = _to_take(names, live, disk)
        after = _after(wanted, live, disk)
        also = await asyncio.to_thread(touched, live, after, set(wanted))
        await asyncio.to_thread(check_permitted, who, wanted, also, live, after, self._checking)
        prepared = await self._prepare(wanted, after)
        if prepared.blocking:
            raise DeployInvalid(tuple(prepared.found))
        await self._keys.check(after)
        switch = await self._steps.switch(prepared, "changed", _renamed(wanted, live, disk))
        written = [one for name in wanted if (one := _taken(name, live, disk, standing.folder)) is not None]
        try:
            await self._keys.moved(after, who)
        except FlowEngineError as error:
            lost = await self._steps.back(switch)
            raise (DeployFailed(f"{error}; {lost}") if lost else error) from error
        await switch.end()
        standing.moved(after, wanted, prepared, switch)
        recorded = Recorded()
        if not self._revisions.git:  # with git, committing what was changed outside is up to who changed it
            recorded = await asyncio.to_thread(self._steps.record, written, "taken from the file", who)
        return self._steps.done(wanted, switch, recorded)

    async def _prepare(self, wanted: list[str], after: Contents) -> Prepared:
        touched_too = await asyncio.to_thread(touched, self._standing.live, after, set(wanted))
        return await self._steps.plan(after, wanted, touched_too, "changed")


def _to_take(names: list[str], live: Contents, disk: Contents) -> list[str]:
    """Return what is to be taken: what was named, its name before, and changed subflows it uses; without names, all."""
    differing = disk.differing(live)
    if not names:
        return differing
    befores = _renamed(differing, live, disk)
    wanted: dict[str, None] = {}
    for name in names:
        if not live.revision(name) and not disk.revision(name):
            raise NotFound(f"there is no flow '{name[:100]}' in this folder")
        wanted |= dict.fromkeys(inner for inner in used_subflows(name, disk.project) if inner in differing)
        wanted[name] = None
    for new, old in befores.items():  # a flow that runs under both names would do everything twice
        if new in wanted or old in wanted:
            wanted |= dict.fromkeys((old, new))
    return list(wanted)


def _renamed(names: list[str], live: Contents, disk: Contents) -> dict[str, str]:
    """Return which of these flows stood under another name before: new name -> that one."""
    gone = {name: flow for name in names if not disk.revision(name) and (flow := live.flow(name))}
    come = {name: flow for name in names if not live.revision(name) and (flow := disk.flow(name))}
    return renames(gone, come)


def _check_seen(seen: Mapping[str, str], disk: Contents) -> None:
    """Refuse to take what has changed once more since the caller looked."""
    other = [name for name, revision in seen.items() if disk.revision(name) != revision]
    if other:
        names = ", ".join(name[:100] for name in other)
        raise OutOfDate(f"changed once more since you looked: {names}; look again")


def _after(wanted: list[str], live: Contents, disk: Contents) -> Contents:
    """Return what would run."""
    after = live
    for name in wanted:
        if name == CONNECTIONS:
            after = after.with_connections(disk.project.shared, disk.connections)
        elif name in disk.revisions:
            after = after.with_flow(disk.file(name), disk.revisions[name])
        else:
            after = after.without(name)
    return after


def _outside(
    wanted: list[str],
    after: Contents,
    live: Contents,
    disk: Contents,
    prepared: Prepared,
    running: Mapping[str, Plan],
) -> Outside:
    would = effect(prepared, running, "changed")
    befores = _renamed(wanted, live, disk)
    return Outside(
        revisions={name: disk.revision(name) for name in wanted},
        diffs=tuple(
            change
            for name in wanted
            if name not in befores.values()
            and (change := _difference(name, befores.get(name, name), live, after)) is not None
        ),
        problems=tuple(prepared.found),
        restarts=would.restarts,
        keeps=would.keeps,
        reaches=would.reaches,
    )


def _difference(name: str, before: str, live: Contents, after: Contents) -> FlowDiff | None:
    """Return what changes in a flow that had a name before; None where its new form is broken: its problems say how."""
    old, new = live.flow(before), after.flow(name)
    if new is None and (after.revision(name) or old is None):
        return None
    return diff(old, new)


def _taken(name: str, live: Contents, disk: Contents, folder: Path) -> Written | None:
    """Return what is to be recorded as a revision for a file that is taken."""
    if name == CONNECTIONS:
        before, now = live.project.shared, disk.project.shared
        return Written(folder / CONNECTIONS, now.json.text if now else None, before.json.text if before else None)
    old, new = live.project.flows.get(name), disk.project.flows.get(name)
    file = new or old
    if file is None:
        return None
    return Written(path_of(file), new.json.text if new else None, old.json.text if old else None)
