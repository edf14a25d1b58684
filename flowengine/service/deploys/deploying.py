"""The way of a deploy: conflicts, problems, engine, files, revisions.

If one of the first four fails, nothing has happened. Files are written only once the engine runs what they will say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from flowengine.errors import DeployFailed, FlowEngineError, OutOfDate
from flowengine.flow.impact import Output
from flowengine.flow.plan import Plan
from flowengine.flow.project import Project
from flowengine.safety.envelope import EnvelopeFile
from flowengine.safety.foreseen import Foreseen, foresee_all
from flowengine.service.answers import Deploy, Deployed, DeployInvalid, Preview
from flowengine.service.changes.two_keys import Permit, TwoKeys
from flowengine.service.checking import Checking
from flowengine.service.deploys.candidate import Candidate, work_out
from flowengine.service.deploys.commit_message import message_of
from flowengine.service.deploys.conflicts import Conflicts
from flowengine.service.deploys.permitted import check_permitted
from flowengine.service.deploys.phases import Phases
from flowengine.service.deploys.plans import Prepared
from flowengine.service.deploys.rewriting import check_room, put_back, rewrite, tests_of
from flowengine.service.deploys.steps import Steps, effect
from flowengine.service.standing import Standing
from flowengine.service.who import Who

LOG = logging.getLogger("flowengine.service")


class Deploying:
    """Deploys of one folder; the caller sees to it that one runs at a time."""

    def __init__(
        self,
        standing: Standing,
        steps: Steps,
        conflicts: Conflicts,
        checking: Checking,
        keys: TwoKeys,
        envelope: Callable[[], EnvelopeFile | None],
    ) -> None:
        """`envelope` reads the limits that OT has signed; it returns None if there are none, or none without errors."""
        self._envelope = envelope
        self._standing = standing
        self._checking = checking
        self._steps = steps
        self._conflicts = conflicts
        self._keys = keys

    async def preview(self, request: Deploy) -> Preview:
        """Say what a deploy would do."""
        candidate, prepared = await self._prepare(request, Phases())
        return await asyncio.to_thread(self._preview, request, candidate, prepared, self._standing.running())

    def _preview(
        self, request: Deploy, candidate: Candidate, prepared: Prepared, running: Mapping[str, Plan]
    ) -> Preview:
        would = effect(prepared, running, request.mode)
        judged = self._keys.judged(candidate.after) if self._keys.in_force else None
        diffs = candidate.diffs()
        reaches = would.reaches if judged is None else judged.impact.machines
        return Preview(
            diffs=tuple(diffs),
            problems=(*candidate.found, *prepared.found),
            conflicts=tuple(self._conflicts.of(candidate)),
            restarts=would.restarts,
            keeps=would.keeps,
            reaches=reaches,
            message=message_of(diffs),
            two_keys=judged is not None and judged.needed,
            foreseen=self._foreseen(reaches, {**running, **prepared.plans}, candidate.after.project),
        )

    def _foreseen(self, reaches: Iterable[Output], plans: Mapping[str, Plan], project: Project) -> tuple[Foreseen, ...]:
        """Say of each output that can be reached what the envelope will allow there."""
        found = self._envelope()
        return () if found is None else tuple(foresee_all(found, ((o.flow, o.node) for o in reaches), plans, project))

    async def deploy(self, request: Deploy, who: Who, permit: Permit | None = None) -> Deployed:
        """Carry out a deploy (see `Service.deploy`). Under two keys only one with a permit may reach a machine."""
        standing, phases = self._standing, Phases()
        candidate, prepared = await self._sound(request, who, phases)
        await self._keys.check(candidate.after, permit)
        message = request.message.strip() or await asyncio.to_thread(lambda: message_of(candidate.diffs()))
        await asyncio.to_thread(check_room, candidate)
        phases.end("compare")
        switch = await self._steps.switch(prepared, request.mode, candidate.renamed)
        phases.end("start")
        try:
            await standing.look()
            candidate.disk = standing.disk
            await self._check_conflicts(candidate)
            written = await asyncio.to_thread(rewrite, candidate)
            try:
                await self._keys.moved(candidate.after, who, permit)
            except FlowEngineError:
                await asyncio.to_thread(put_back, written)
                raise
        except FlowEngineError as error:
            lost = await self._steps.back(switch)
            raise (DeployFailed(f"{error}; {lost}") if lost else error) from error
        await switch.end()
        standing.moved(candidate.after, candidate.changed, prepared, switch)
        await standing.look()
        phases.end("files")
        if permit is not None:
            written, message = permit.written(written), permit.text(message)
        recorded = await asyncio.to_thread(self._steps.record, written, message, who)
        phases.end("revision")
        LOG.info("%s deployed %s in %s", who.name, ", ".join(candidate.changed), phases)
        left = [tests_of(candidate.files[name]).name for name in candidate.removed]
        warnings = [
            f"{name} is left: it tests a flow that is no more" for name in left if (standing.folder / name).exists()
        ]
        return self._steps.done(candidate.changed, switch, recorded, warnings)

    async def checked(self, request: Deploy, who: Who) -> Candidate:
        """Work out what a deploy would put in place, as far as it could be done.

        Raises:
            OutOfDate, DeployInvalid: see `Service.deploy`.
        """
        return (await self._sound(request, who, Phases()))[0]

    async def _sound(self, request: Deploy, who: Who, phases: Phases) -> tuple[Candidate, Prepared]:
        candidate, prepared = await self._prepare(request, phases)
        await asyncio.to_thread(self._check_permitted, candidate, who)
        await self._check_conflicts(candidate)
        if candidate.found or prepared.blocking:
            raise DeployInvalid((*candidate.found, *prepared.found))
        return candidate, prepared

    async def _prepare(self, request: Deploy, phases: Phases) -> tuple[Candidate, Prepared]:
        await self._standing.look()
        standing = self._standing
        candidate = await asyncio.to_thread(work_out, request, standing.live, standing.disk, standing.folder)
        phases.end("write out")
        touched_too = await asyncio.to_thread(lambda: candidate.touched)
        prepared = await self._steps.plan(candidate.after, candidate.changed, touched_too, request.mode)
        phases.end("check")
        return candidate, prepared

    def _check_permitted(self, candidate: Candidate, who: Who) -> None:
        before = self._standing.live
        check_permitted(who, candidate.changed, candidate.touched, before, candidate.after, self._checking)

    async def _check_conflicts(self, candidate: Candidate) -> None:
        conflicts = await asyncio.to_thread(self._conflicts.of, candidate)
        if conflicts:
            names = ", ".join(conflict.flow for conflict in conflicts)
            raise OutOfDate(f"changed by someone else in the meantime: {names}", conflicts)
