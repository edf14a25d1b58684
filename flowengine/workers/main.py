"""A worker: an ordinary engine on a loop of its own, that does what its parent asks and says how its flows are."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from functools import partial
from pathlib import Path
from typing import Any, Final

from flowengine.errors import NotFound
from flowengine.field.line import Line
from flowengine.field.placing import place
from flowengine.flow.plan import Plan
from flowengine.processes.black_box import note
from flowengine.processes.culprit import raised_by
from flowengine.processes.image import unpack_plan
from flowengine.processes.link import Frame, Link
from flowengine.processes.plan_change import unpack_change
from flowengine.processes.telling_log import log_to
from flowengine.processes.watcher import Watcher
from flowengine.processes.zygote import Newborn
from flowengine.runtime import loop
from flowengine.runtime.engine import Engine
from flowengine.runtime.wiring import Tap
from flowengine.store.dead_letters import DeadLetters
from flowengine.workers import frames
from flowengine.workers.reporting import Reporting
from flowengine.workers.settings import Workers
from flowengine.workers.telling import SharedContext, TellingFaults

YOUNG: Final = (20_000, 20, 20)
"""Thresholds of the garbage collector, the same as for flows in the command's own process."""

BEAT: Final = 0.1
"""Seconds between two beats."""

BACKSTOP: Final = 2
"""Address space that a worker may have, in times of its memory limit; beyond it a node gets a MemoryError."""


def main(newborn: Newborn) -> None:
    """Run until the parent says so, or is gone."""
    exit_ = os._exit

    def told_exit(code: int) -> None:
        """End as a node wants it; but say first which node it was."""
        _note_exit(newborn.note)
        exit_(code)

    os._exit = told_exit  # type: ignore[assignment]  # its type says that it never returns
    try:
        loop.run(_Worker(newborn).run())
    except BaseException as error:  # SystemExit too: a node must not end the process
        found = raised_by(error)
        if found is not None:
            note(newborn.note, found)
        raise
    finally:
        os._exit = exit_


def _note_exit(file: int) -> None:
    import sys

    from flowengine.processes.culprit import at_work

    found = at_work(sys._getframe(2))
    if found is not None:
        note(file, found)


class _Worker:
    def __init__(self, newborn: Newborn) -> None:
        self._newborn = newborn
        self._engine: Engine | None = None
        self._reporting: Reporting | None = None
        self._over = asyncio.Event()
        self._beating: asyncio.TimerHandle | None = None
        self._watcher: Watcher | None = None
        self._line: Line | None = None
        self._settings = Workers()
        self._early: dict[str, frames.Shared] = {}
        """Values of the context `global` that came before this worker had one: the newest of each key."""
        self._link = Link(frames.from_parent, self._hear, self._answer, _orphaned)

    async def run(self) -> None:
        """Do what the parent asks until it says that it is over."""
        await self._link.open(self._newborn.link)
        await self._over.wait()

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "the parent has not said how to begin"
        return self._engine

    @property
    def reporting(self) -> Reporting:
        assert self._reporting is not None, "the parent has not said how to begin"
        return self._reporting

    # --- what the parent says ---

    def _hear(self, event: Frame) -> None:
        match event:
            case frames.Watching() if self._reporting is not None:  # a new worker is told once more when it has begun
                self._reporting.watch(event)
            case frames.Shared() if self._engine is None:
                self._early.pop(event.key, None)
                self._early[event.key] = event
            case frames.Shared():
                context = self.engine.around.shared
                assert isinstance(context, SharedContext)
                context.take(event.key, event.value)

    def _answer(self, request: Any) -> Any:
        if isinstance(request, frames.Setup):
            return self._begin(request)
        if self._reporting is None:
            raise NotFound("it is not running just now: its process is being started")
        match request:
            case frames.DeployFlow():
                return self._deploy(request)
            case frames.UndeployFlow():
                return self._undeploy(request)
            case frames.Inject():
                return self.engine.inject(request.flow, request.node, request.msg, request.port)
            case frames.Operate():
                return self.engine.operate(request.flow, request.node, request.value)
            case frames.AskWay():
                return list(self.engine.trace(request.id).hops)
            case frames.Refresh():
                return self.reporting.everything()
            case frames.StopAll():
                return self._stop(request.drain)
        raise ValueError(f"a worker does not know {type(request).__name__}")

    async def _begin(self, setup: frames.Setup) -> None:
        gc.set_threshold(*YOUNG)
        self._settings = Workers(memory=setup.memory)
        _limit_memory(setup.memory)
        log_to(self._link, setup.log_level)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        faults = TellingFaults(self._link)
        letters = DeadLetters(Path(setup.dead_letters) if setup.dead_letters else None)
        checkpoints = Path(setup.checkpoints) if setup.checkpoints else None
        recordings = Path(setup.recordings) if setup.recordings else None
        engine = self._engine = Engine(
            None, letters, setup.environment, checkpoints=checkpoints, faults=faults, recordings=recordings
        )
        context = engine.around.shared = SharedContext(self._link, setup.shared)
        for event in self._early.values():
            context.take(event.key, event.value)
        if setup.field:
            self._line = Line()
            place(engine, self._line)
            door = self._newborn.door
            door.setblocking(False)
            asyncio.get_running_loop().add_reader(door.fileno(), self._line.take, door)
        await engine.start()
        self._reporting = Reporting(engine, self._link, faults)
        self._watcher = Watcher(self._newborn.note, engine.flows, setup.memory)
        self._beat(asyncio.get_running_loop().time())

    def _beat(self, due: float) -> None:
        assert self._watcher is not None
        self._watcher.beat()
        if self._line is not None:
            self._line.beat()
        running = asyncio.get_running_loop()
        now = running.time()
        self._tell_beat(max(0.0, now - due))
        self.reporting.turn(now)
        self._beating = running.call_later(BEAT, self._beat, running.time() + BEAT)

    def _tell_beat(self, lag: float) -> None:
        self._link.tell(frames.Beat(lag, sum(os.times()[:2])))

    async def _deploy(self, request: frames.DeployFlow) -> list[list[str]]:
        self._tell_beat(0.0)  # a large flow takes its time; but it has begun
        types = self._newborn.types
        if request.changes:
            plan = unpack_change(request.plan, self.engine.flows[request.changes].plan, types)
        else:
            plan = unpack_plan(request.plan, types)
        self._allow(plan)
        taps: dict[str, Tap] = {name: partial(self.reporting.tapped, plan.name) for name in request.taps}
        assert self._watcher is not None
        self._watcher.patient = True
        try:
            outcome = await self.engine.deploy(plan, taps, request.drain, request.mode)
            self.reporting.deployed(plan.name)
        finally:
            self._watcher.patient = False
        return [list(outcome.restarted), list(outcome.kept), list(outcome.removed)]

    def _allow(self, plan: Plan) -> None:
        """Allow as much memory as befits the flows."""
        others = [flow.plan for name, flow in self.engine.flows.items() if name != plan.name]
        limit = self._settings.allow([*others, plan]).memory
        _limit_memory(limit)
        assert self._watcher is not None
        self._watcher.limit = limit

    async def _undeploy(self, request: frames.UndeployFlow) -> None:
        await self.engine.undeploy(request.flow, request.drain, request.forget, request.aside)
        self.reporting.gone(request.flow)

    async def _stop(self, drain: float) -> None:
        await self.engine.stop(drain)
        self.reporting.everything()
        asyncio.get_running_loop().call_later(BEAT, self._over.set)


def _orphaned() -> None:
    """End at once, as the parent has: the next one goes on from what is stored, and nobody may be at work beside it.

    An orderly end would keep as dead letters what is under way, although it comes again.
    """
    os.kill(os.getpid(), signal.SIGKILL)


def _limit_memory(limit: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = BACKSTOP * limit
    resource.setrlimit(resource.RLIMIT_DATA, (hard if not limit or 0 <= hard < most else most, hard))
