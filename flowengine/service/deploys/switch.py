"""Puts several flows live, one after another, and puts all of them back when one does not start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from flowengine.errors import DeployFailed
from flowengine.flow.plan import Plan
from flowengine.runtime.flows import Flows
from flowengine.runtime.wiring import Tap
from flowengine.service.answers import Mode
from flowengine.service.deploys.plans import Prepared
from flowengine.store.flow_files import rename, settle_aside

LOG = logging.getLogger("flowengine.service")

Taps = Callable[[Plan], Mapping[str, Tap]]


class Switch:
    """The change of what runs, for one deploy: made, and undone if it has to be."""

    def __init__(self, engine: Flows, taps: Taps, heirs: Mapping[str, str]) -> None:
        """`heirs`: flow that ends -> the flow that goes on with what it holds."""
        self._engine = engine
        self._taps = taps
        self._heirs = heirs
        self._inherited: dict[str, str] = {}
        """Those of `heirs` that have been carried over."""
        self._ended: list[str] = []
        """Flows that are no more."""
        self._before: list[tuple[str, Plan | None]] = []
        """What has been switched, and what ran before."""
        self.restarted: dict[str, tuple[str, ...]] = {}
        self.kept: dict[str, int] = {}
        self.failed: dict[str, DeployFailed] = {}
        """Flows that do not run, and why: those that need not have started, or that could not be put back."""

    async def run(self, prepared: Prepared, mode: Mode) -> None:
        """Switch over. Flows that are to run no longer end first, as a renamed flow must not run twice.

        Raises:
            DeployFailed: a flow did not start; all that had been switched is back as it was, or the text says what
                is not.
        """
        engine = self._engine
        try:
            for name in prepared.ended:
                self._before.append((name, engine.flows[name].plan))
                if name in self._heirs:
                    await engine.undeploy(name)
                    await self._carry_over(name, self._heirs[name])
                    self._inherited[name] = self._heirs[name]
                else:
                    await engine.undeploy(name, forget=True, aside=True)
                    self._ended.append(name)
            for name, plan in prepared.plans.items():
                running = engine.flows.get(name)
                old = running.plan if running is not None else None
                try:
                    await self._deploy(plan, mode)
                except DeployFailed as error:
                    if name not in prepared.optional:
                        raise
                    self.failed[name] = error
                else:
                    self._before.append((name, old))
        except DeployFailed as error:
            lost = await self.back()
            raise DeployFailed(f"{error}; {lost}" if lost else str(error)) from error

    async def _deploy(self, plan: Plan, mode: Mode) -> None:
        outcome = await self._engine.deploy(plan, self._taps(plan), mode="nodes" if mode == "changed" else "flows")
        self.restarted[plan.name] = outcome.restarted
        self.kept[plan.name] = len(outcome.kept)

    async def _carry_over(self, old: str, new: str) -> None:
        """Give what a stopped flow holds (checkpoint, dead letters) to another name."""
        await asyncio.to_thread(rename, self._engine.checkpoints, self._engine.dead_letters, old, new)

    async def end(self) -> None:
        """Delete what was kept aside for a way back: the deploy is final."""
        for name in self._ended:
            await asyncio.to_thread(settle_aside, self._engine.checkpoints, name, back=False)

    async def back(self) -> str:
        """Put everything back as it was; returns what could not be, in a sentence; empty: all is back."""
        engine, lost = self._engine, []
        while self._before:
            name, plan = self._before.pop()
            try:
                if name in self._inherited:
                    heir = self._inherited[name]
                    if heir in engine.flows:
                        await engine.undeploy(heir)
                    await self._carry_over(heir, name)
                if plan is not None:
                    if name in self._ended:
                        await asyncio.to_thread(settle_aside, engine.checkpoints, name, back=True)
                    await engine.deploy(plan, self._taps(plan))
                elif name in engine.flows and name not in self._inherited.values():
                    await engine.undeploy(name, forget=True)
            except DeployFailed as error:
                LOG.error("%s could not be put back: %s", name, error)
                self.failed[name] = error
                lost.append(name)
        return f"{', '.join(lost)} did not start again either" if lost else ""
