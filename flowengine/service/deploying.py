"""The way of a deploy: conflicts, problems, engine, files, revisions.

If one of the first four fails, nothing has happened. Files are written only once the engine runs what they will say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from flowengine.errors import DeployFailed, NotFound, OutOfDate
from flowengine.flow.plan import Plan
from flowengine.flow.project import CONNECTIONS
from flowengine.runtime.changes import restarts
from flowengine.service.answers import Deploy, Deployed, DeployInvalid, Mode, Preview
from flowengine.service.candidate import Candidate, touched, work_out
from flowengine.service.checking import Checking
from flowengine.service.conflicts import Conflicts
from flowengine.service.contents import Contents, path_of
from flowengine.service.message import message_of
from flowengine.service.plans import Prepared, prepare
from flowengine.service.reaches import reaches
from flowengine.service.rewriting import rewrite, tests_of
from flowengine.service.standing import Standing
from flowengine.service.switch import Switch
from flowengine.service.who import Who
from flowengine.store.revisions import Recorded, Revisions, Written


class Deploying:
    """Deploys of one folder; the caller sees to it that one runs at a time."""

    def __init__(self, standing: Standing, checking: Checking, revisions: Revisions, conflicts: Conflicts) -> None:
        self._standing = standing
        self._checking = checking
        self._revisions = revisions
        self._conflicts = conflicts

    async def preview(self, request: Deploy) -> Preview:
        """Say what a deploy would do."""
        candidate, prepared = await self._prepare(request)
        return await asyncio.to_thread(self._preview, request, candidate, prepared, self._standing.running())

    def _preview(
        self, request: Deploy, candidate: Candidate, prepared: Prepared, running: Mapping[str, Plan]
    ) -> Preview:
        outcomes = {
            name: restarts(running.get(name) if request.mode == "changed" else None, plan)
            for name, plan in prepared.plans.items()
        }
        reached = [
            *(one for name, plan in prepared.plans.items() for one in reaches(running.get(name), plan)),
            *(one for name in prepared.ended for one in reaches(running[name], None)),
        ]
        diffs = candidate.diffs()
        return Preview(
            diffs=tuple(diffs),
            problems=(*candidate.found, *prepared.found),
            conflicts=tuple(self._conflicts.of(candidate)),
            restarts={name: outcome.restarted for name, outcome in outcomes.items()},
            keeps={name: len(outcome.kept) for name, outcome in outcomes.items()},
            reaches=tuple(dict.fromkeys(reached)),
            message=message_of(diffs),
        )

    async def deploy(self, request: Deploy, who: Who) -> Deployed:
        """Do it; see `Service.deploy`."""
        standing = self._standing
        candidate, prepared = await self._prepare(request)
        await self._check_conflicts(candidate)
        if candidate.found or prepared.blocking:
            raise DeployInvalid((*candidate.found, *prepared.found))
        message = request.message.strip() or await asyncio.to_thread(lambda: message_of(candidate.diffs()))
        switch = await self._switch(prepared, request.mode)
        try:
            await standing.look()
            candidate.disk = standing.disk
            await self._check_conflicts(candidate)
            written = await asyncio.to_thread(rewrite, candidate)
        except (DeployFailed, OutOfDate) as error:
            lost = await switch.back()
            raise (DeployFailed(f"{error}{lost}") if lost else error) from error
        standing.moved(candidate.after, candidate.changed, prepared, switch)
        await standing.look()
        recorded = await asyncio.to_thread(self._record, written, message, who)
        left = [tests_of(candidate.files[name]).name for name in candidate.removed]
        warnings = [
            f"{name} is left: it tests a flow that is no more" for name in left if (standing.folder / name).exists()
        ]
        return self._deployed(candidate.changed, switch, recorded, warnings)

    async def take(self, names: list[str], who: Who) -> Deployed:
        """Run what files hold now; see `Service.take`."""
        standing = self._standing
        await standing.look()
        live, disk = standing.live, standing.disk
        wanted = self._to_take(names, live, disk)
        after = live
        for name in wanted:
            if name == CONNECTIONS:
                after = after.with_connections(disk.project.shared, disk.connections)
            elif name in disk.revisions:
                after = after.with_flow(disk.file(name), disk.revisions[name])
            else:
                after = after.without(name)
        touched_too = await asyncio.to_thread(touched, live, after, set(wanted))
        prepared = await self._plan(after, wanted, touched_too, "changed")
        if prepared.blocking:
            raise DeployInvalid(tuple(prepared.found))
        switch = await self._switch(prepared, "changed")
        written = [one for name in wanted if (one := _taken(name, live, disk, standing.folder)) is not None]
        standing.moved(after, wanted, prepared, switch)
        recorded = Recorded()
        if not self._revisions.git:  # with git, committing what was changed outside is up to who changed it
            recorded = await asyncio.to_thread(self._record, written, "taken from the file", who)
        return self._deployed(wanted, switch, recorded)

    def _to_take(self, names: list[str], live: Contents, disk: Contents) -> list[str]:
        """Return what is to be taken: what was named and the changed subflows that it uses; without names, all."""
        from flowengine.flow.check import used_subflows

        differing = disk.differing(live)
        if not names:
            return differing
        wanted: dict[str, None] = {}
        for name in names:
            if not live.revision(name) and not disk.revision(name):
                raise NotFound(f"there is no flow '{name[:100]}' in this folder")
            wanted |= dict.fromkeys(inner for inner in used_subflows(name, disk.project) if inner in differing)
            wanted[name] = None
        return list(wanted)

    async def _prepare(self, request: Deploy) -> tuple[Candidate, Prepared]:
        await self._standing.look()
        standing = self._standing
        candidate = await asyncio.to_thread(work_out, request, standing.live, standing.disk, standing.folder)
        touched_too = await asyncio.to_thread(lambda: candidate.touched)
        return candidate, await self._plan(candidate.after, candidate.changed, touched_too, request.mode)

    async def _plan(self, after: Contents, changed: list[str], touched_too: list[str], mode: Mode) -> Prepared:
        standing = self._standing
        return await asyncio.to_thread(
            prepare, after, changed, touched_too, standing.running(), frozenset(standing.stopped), mode, self._checking
        )

    async def _check_conflicts(self, candidate: Candidate) -> None:
        conflicts = await asyncio.to_thread(self._conflicts.of, candidate)
        if conflicts:
            names = ", ".join(conflict.flow for conflict in conflicts)
            raise OutOfDate(f"changed by someone else in the meantime: {names}", conflicts)

    async def _switch(self, prepared: Prepared, mode: Mode) -> Switch:
        switch = Switch(self._standing.engine, self._standing.taps)
        try:
            await switch.run(prepared, mode)
        except DeployFailed:
            self._standing.failures.update(switch.failed)
            self._standing.tell()
            raise
        return switch

    def _record(self, written: list[Written], message: str, who: Who) -> Recorded:
        return self._revisions.record(written, message, who.name) if written else Recorded()

    def _deployed(self, names: list[str], switch: Switch, recorded: Recorded, warnings: Sequence[str] = ()) -> Deployed:
        live = self._standing.live
        warnings = [*([recorded.warning] if recorded.warning else []), *warnings]
        warnings += [f"{name} could not be started: {why}" for name, why in switch.failed.items()]
        return Deployed(
            revisions={name: live.revision(name) for name in names},
            commit=recorded.id,
            restarted=switch.restarted,
            kept=switch.kept,
            warnings=tuple(warnings),
        )


def _taken(name: str, live: Contents, disk: Contents, folder: Path) -> Written | None:
    """Return what taking a file means for its history."""
    if name == CONNECTIONS:
        before, now = live.project.shared, disk.project.shared
        return Written(folder / CONNECTIONS, now.json.text if now else None, before.json.text if before else None)
    old, new = live.project.flows.get(name), disk.project.flows.get(name)
    file = new or old
    if file is None:
        return None
    return Written(path_of(file), new.json.text if new else None, old.json.text if old else None)
