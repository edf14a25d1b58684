"""The steps that a deploy and the taking of files have in common: plan, say what it does, switch, keep."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flowengine.errors import DeployFailed
from flowengine.flow.impact import Output, impact
from flowengine.flow.plan import Plan
from flowengine.runtime.changes import restarts
from flowengine.service.answers import Deployed, Mode
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents
from flowengine.service.deploys.plans import Prepared, prepare
from flowengine.service.deploys.switch import Switch
from flowengine.service.standing import Standing
from flowengine.service.who import Who
from flowengine.store.revisions import Recorded, Revisions, Written


@dataclass(frozen=True)
class Effect:
    """What a switch would do."""

    restarts: Mapping[str, tuple[str, ...]]
    """Flow -> nodes that start anew."""
    keeps: Mapping[str, int]
    """Flow -> nodes that go on with their state."""
    reaches: tuple[Output, ...]
    """The outputs at machines that it can reach."""


class Steps:
    """The steps for one folder; the caller makes sure that only one deploy or take runs at a time."""

    def __init__(self, standing: Standing, checking: Checking, revisions: Revisions) -> None:
        self._standing = standing
        self._checking = checking
        self._revisions = revisions

    async def plan(self, after: Contents, changed: list[str], touched: list[str], mode: Mode) -> Prepared:
        """Check and plan all that is changed or touched."""
        standing = self._standing
        return await asyncio.to_thread(
            prepare, after, changed, touched, standing.running(), frozenset(standing.stopped), mode, self._checking
        )

    async def switch(self, prepared: Prepared, mode: Mode, renamed: Mapping[str, str] | None = None) -> Switch:
        """Bring what is planned into the engine; `renamed`: new name -> the name before.

        Raises:
            DeployFailed: a flow did not start; what ran before runs on.
        """
        heirs = {old: new for new, old in (renamed or {}).items() if new in prepared.plans and mode == "changed"}
        switch = Switch(self._standing.engine, self._standing.taps, heirs)
        try:
            await switch.run(prepared, mode)
        except DeployFailed:
            for name, plan in prepared.plans.items():
                if not self._standing.live.revision(name):  # it never was: who asked for it hears why
                    self._standing.engine.faults.removed(name, ["", *plan.nodes])
            self._note_failed(switch)
            raise
        return switch

    async def back(self, switch: Switch) -> str:
        """Put everything back as it was before a switch; returns what could not be, see `Switch.back`."""
        lost = await switch.back()
        self._note_failed(switch)
        return lost

    def _note_failed(self, switch: Switch) -> None:
        for name, error in switch.failed.items():
            self._standing.failed(name, error)
        self._standing.tell()

    def record(self, written: list[Written], message: str, who: Who) -> Recorded:
        """Keep what was written as revisions."""
        return self._revisions.record(written, message, who.name) if written else Recorded()

    def done(self, names: list[str], switch: Switch, recorded: Recorded, warnings: Sequence[str] = ()) -> Deployed:
        """Say what has been done."""
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


def effect(prepared: Prepared, running: Mapping[str, Plan], mode: Mode) -> Effect:
    """Say what switching to what is planned would do."""
    outcomes = {
        name: restarts(running.get(name) if mode == "changed" else None, plan) for name, plan in prepared.plans.items()
    }
    after = {name: plan for name, plan in running.items() if name not in prepared.ended} | prepared.plans
    return Effect(
        restarts={name: outcome.restarted for name, outcome in outcomes.items()},
        keeps={name: len(outcome.kept) for name, outcome in outcomes.items()},
        reaches=impact(running, after).machines,
    )
