"""One worker through all its lives: started, spoken to, looked after, started again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flowengine.errors import DeployFailed, NotFound
from flowengine.flow.plan import Plan
from flowengine.processes.image import pack_plan
from flowengine.processes.link import Frame, Link, LinkLost
from flowengine.processes.nursery import Child
from flowengine.processes.plan_change import pack_change
from flowengine.processes.vitals import resident_of, used_by, work_of
from flowengine.runtime.changes import DeployOutcome
from flowengine.runtime.flows import Mode
from flowengine.runtime.wiring import Tap
from flowengine.telemetry.look import ProcessLook
from flowengine.workers import frames
from flowengine.workers.ended import Ended
from flowengine.workers.fall import AGAIN, GOOD, Fall, Sentence, fall_of, pause_after
from flowengine.workers.known import KnownFlow
from flowengine.workers.settings import Allowance

if TYPE_CHECKING:
    from flowengine.workers.fleet import Fleet

LOG = logging.getLogger("flowengine.workers")

MAIN: Final = "flowengine.workers.main:main"

DEPLOYING: Final = 60.0
"""Seconds without a sign of life that are allowed while a flow is deployed: a large one takes its time."""

LONGEST_TRY: Final = 8.0
"""Longest pause in seconds before a flow that did not start is tried again: its store may be there again."""

LONGEST_STEP: Final = 0.5
"""Seconds of silence that one look adds at most: the last look may be long ago because the parent was late."""

WEIGHING: Final = 8
FAR_OVER: Final = 1.5
"""A worker over its memory limit goes on for so many looks, unless it takes so many times the limit: its watcher needs
a moment to find out which node holds the memory."""

STARVING: Final = 4
"""How many times its limit a worker may be silent while the machine keeps it from running: while it has not even had
half the limit as processor time."""

LAST_WORDS: Final = 0.15
"""Seconds that a worker which is to be ended gets to say where it stands."""


class Seat:
    """One worker as its parent sees it: the flows it is to run, and its process, which is replaced when it falls."""

    def __init__(self, fleet: Fleet, number: int, alone: bool = False) -> None:
        self.number = number
        self.alone = alone
        """Whether it is for one flow only: one that has brought a worker down."""
        self.flows: dict[str, KnownFlow] = {}
        self.connections: dict[str, dict[str, str]] = {}
        self.lag = self.cpu = 0.0
        self.resident = 0
        self.ended = Ended()
        self.falls = 0
        """How often it has fallen in a row."""
        self.starts = 0
        self._fleet = fleet
        self._turn = asyncio.Lock()
        self._given: dict[str, Plan] = {}
        """The plans that the worker is known to run."""
        self.child: Child | None = None
        self._link: Link | None = None
        self._born = self._silent = 0.0
        self._worked = 0.0
        """Seconds of processor time that it had had when it gave a sign of life last."""
        self._held = 0.0
        """To how many cores its process is held; 0: to none."""
        self._over = 0
        """Looks in a row that found more memory than allowed."""
        self._busy = 0
        """Requests under way that may keep the worker's loop busy."""
        self._spoken = True
        """Whether it has given a sign of life since it was sent its last plan; if not, it may hang."""
        self._sentence: Sentence | None = None
        self._ending = False
        self._revival: asyncio.Task[None] | None = None
        self._fall: Fall | None = None

    @property
    def pid(self) -> int:
        """Its process; 0: there is none now."""
        return self.child.pid if self.child is not None else 0

    @property
    def allowance(self) -> Allowance:
        """What it may take."""
        return self._fleet.settings.allow(flow.plan for flow in self.flows.values())

    @property
    def size(self) -> int:
        """How many nodes it runs."""
        return sum(len(flow.plan.nodes) for flow in self.flows.values())

    # --- what the fleet asks ---

    async def deploy(
        self, flow: KnownFlow, plan: Plan, taps: Mapping[str, Tap], drain: float, mode: Mode
    ) -> DeployOutcome:
        """Run a plan; `flow` is what is known of it.

        Raises:
            DeployFailed: it did not start, or the worker did not survive it.
        """
        async with self._turn:
            known = self.flows.get(plan.name)
            self.flows[plan.name] = flow
            try:
                await self._be_up(but=plan.name if known is None or flow.trouble else "")
                restarted, kept, removed = await self._give(plan, mode, drain, taps)
            except (LinkLost, OSError) as error:
                why = str(await self._why()) if isinstance(error, LinkLost) else str(error)
                if known is None:
                    self.flows.pop(plan.name, None)
                else:
                    why += "; the revision before it is started again"
                raise DeployFailed(f"flow '{plan.name}' did not start: {why}") from error
            except BaseException:
                if known is None:
                    self.flows.pop(plan.name, None)
                raise
            flow.plan, flow.taps, flow.trouble = plan, dict(taps), ""
            return DeployOutcome(tuple(restarted), tuple(kept), tuple(removed))

    async def undeploy(self, name: str, drain: float, forget: bool, aside: bool) -> None:
        """Stop a flow. One whose worker is down right now is brought up for that: it must be drained, or forgotten."""
        async with self._turn:
            try:
                if self._link is None:
                    await self._be_up()
                await self._ask(frames.UndeployFlow(name, drain, forget, aside))
            except (LinkLost, OSError, NotFound, DeployFailed) as error:
                LOG.warning("%s: it could not be drained: %s", name, error)
            self.flows.pop(name, None)
            self._given.pop(name, None)

    async def ask(self, request: Frame) -> Any:
        """Ask the worker something about a flow that it runs.

        Raises:
            NotFound: it is down right now; or what the worker says.
        """
        try:
            return await self._ask(request)
        except LinkLost as error:
            raise NotFound(f"it is not running just now: {self._fall or 'its process is being started'}") from error

    def tell(self, event: Frame) -> None:
        """Tell the worker something, if there is one."""
        if self._link is not None:
            self._link.tell(event)

    async def close(self, drain: float) -> None:
        """Drain and stop all, then end the process; it is killed when it takes too long."""
        self._ending = True
        if self._revival is not None:
            self._revival.cancel()
        try:
            async with asyncio.timeout(drain + 5):
                await self._turn.acquire()
        except TimeoutError:  # a deploy that does not come to its end
            if self.child is not None:
                self.child.kill()
            await self._turn.acquire()
        try:
            await self._close(drain)
        finally:
            self._turn.release()

    async def _close(self, drain: float) -> None:
        child, link = self.child, self._link
        if child is None or link is None:
            return
        try:
            async with asyncio.timeout(drain + 5):
                await self._ask(frames.StopAll(drain), busy=True)
                await asyncio.shield(child.gone)
        except (LinkLost, TimeoutError) as error:
            if not child.gone.done():
                LOG.warning("worker %d does not stop in time and is ended: %s", self.number, error)
        child.kill()
        await asyncio.wait([child.gone], timeout=5)
        link.close()
        child.close()
        self.child = self._link = None

    # --- its life ---

    async def _be_up(self, but: str = "") -> None:
        """Start the worker if it is down, with all flows of this seat but the one named."""
        if self._link is not None:
            return
        if self._revival is not None and self._revival is not asyncio.current_task():
            self._revival.cancel()
        fleet = self._fleet
        child = await fleet.nursery.spawn(MAIN, f"worker {self.number}")
        self._sentence, self._silent, self._over, self._held, self._spoken = None, 0.0, 0, 0.0, True
        self._born = fleet.clock.monotonic()
        link = Link(frames.from_worker, self._hear)
        await link.open(child.link)
        self.child, self._link = child, link
        self.starts += 1
        child.gone.add_done_callback(lambda gone: self._died(child, gone.result()))
        fleet.welcome(child)
        try:
            await self._ask(fleet.setup(), busy=True)
        except asyncio.CancelledError:
            child.kill()  # who has only half begun is of no use to those who come after
            raise
        link.tell(fleet.watching())
        again = [flow for name, flow in self.flows.items() if name != but]
        if any([await self._start_again(flow, self.falls < AGAIN) for flow in again]):
            self.revive()

    async def _give(self, plan: Plan, mode: Mode, drain: float, taps: Mapping[str, Tap]) -> Any:
        """Have the worker run a plan: it is told what differs from the one that it is known to run."""
        before = self._given.pop(plan.name, None)  # until it has answered nobody knows which it runs
        if before is None:
            request = frames.DeployFlow(pack_plan(plan), mode, drain, list(taps))
        else:
            request = frames.DeployFlow(pack_change(before, plan), mode, drain, list(taps), plan.name)
        self._spoken = False
        answer = await self._ask(request, busy=True)
        self._given[plan.name] = plan
        return answer

    async def _ask(self, request: Frame, busy: bool = False) -> Any:
        link = self._link
        if link is None:
            raise LinkLost("the worker is down")
        self._busy += busy
        try:
            return await link.ask(request)
        finally:
            self._busy -= busy
            self._silent = 0.0

    def _died(self, child: Child, code: int | None) -> None:
        """Hear that the process has ended."""
        self._given.clear()
        link, self._link, self.child = self._link, None, None
        if link is not None:
            link.close()
        self.ended.add(child.stopped, self.cpu)
        self.connections, self.resident, self.lag, self.cpu = {}, 0, 0.0, 0.0
        if self._ending:
            child.close()
            return
        fall = self._fall = fall_of(code, self._sentence, child.box, {n: flow.plan for n, flow in self.flows.items()})
        self.ended.count(self._sentence, code, str(fall))
        child.close()
        self.falls = 1 if self._fleet.clock.monotonic() - self._born > GOOD else self.falls + 1
        self._fleet.accidents.fell(self, fall)
        self.revive()

    def revive(self, pause: float = 0.0) -> None:
        """After a pause (0: the longer the more falls), start the worker, or its flows that did not start."""
        if self.flows and not self._ending:
            self._revival = asyncio.ensure_future(self._revive(pause or pause_after(max(1, self.falls))))

    async def _revive(self, pause: float) -> None:
        await self._fleet.clock.sleep(pause)
        async with self._turn:
            if not self.flows:
                return
            try:
                if self._link is None:
                    await self._be_up()
                    return
                failed = [await self._start_again(flow) for flow in list(self.flows.values()) if flow.trouble]
            except LinkLost:
                return  # `_died` has seen to it
            except OSError as error:
                LOG.error("worker %d could not be started: %s", self.number, error)
                self.falls += 1
                self.revive()
                return
        if any(failed):
            self.revive(min(LONGEST_TRY, 2 * pause))

    async def _start_again(self, flow: KnownFlow, steady: bool = True) -> bool:
        """Start a flow in a worker that is up; returns whether it failed. See `Accidents.up` for `steady`."""
        try:
            await self._give(flow.plan, "nodes", self._fleet.drain, flow.taps)
        except DeployFailed as error:
            self._fleet.accidents.down(flow, Fall(str(error), "it is tried again"))
            return True
        self._fleet.accidents.up(flow, steady)
        return False

    async def _why(self) -> Fall:
        """Return why the worker is gone."""
        for _ in range(100):
            if self.child is None and self._fall is not None:
                break
            await asyncio.sleep(0.02)
        return self._fall or Fall("its process has ended", "see the log")

    # --- looking after it ---

    def look_after(self, passed: float) -> None:
        """See whether the worker is well; `passed` seconds after the last time."""
        child = self.child
        if child is None or self._sentence is not None or self._ending:
            return
        allowance = self.allowance
        self._silent += min(passed, LONGEST_STEP)
        self.resident = resident_of(child.pid)
        with contextlib.suppress(OSError):
            self.cpu = used_by(child.pid)
        self._hold(child, allowance.cpu)
        limit = allowance.memory
        if limit and self.resident > limit:
            self._over += 1
            known = child.box.culprit() is not None
            if known or self._over > WEIGHING or self.resident > FAR_OVER * limit:
                self._condemn(Sentence("memory", self.resident, limit))
        elif self._silent > self._patience(allowance.hang) and not self._starved():
            self._condemn(Sentence("hang", self._silent))
        elif self._silent <= LONGEST_STEP:
            self._worked = work_of(child.pid)[1]

    def _patience(self, hang: float) -> float:
        """Return for how many seconds it may be silent."""
        return max(hang, DEPLOYING) if self._busy and self._spoken else hang

    def _hold(self, child: Child, cores: float) -> None:
        """Hold it to its share of the processor, but not while it starts."""
        if cores != self._held and not self._busy:
            self._fleet.nursery.hold(child, cores)
            self._held = cores

    def _starved(self) -> bool:
        """Say whether it is silent only because the machine, or its own limit, lets it run too little."""
        assert self.child is not None
        state, seconds = work_of(self.child.pid)
        hang, cores = self.allowance.hang, self.allowance.cpu
        waits = state == "R" or (state == "T" and cores > 0)
        return waits and seconds - self._worked < hang / 2 and self._silent < STARVING * hang

    def _condemn(self, sentence: Sentence) -> None:
        """End the process, after it has had a moment to say where it stands."""
        child = self.child
        assert child is not None
        self._sentence = sentence
        if child.box.culprit() is None and sentence.kind == "hang":
            child.kill(signal.SIGUSR1)
        asyncio.get_running_loop().call_later(LAST_WORDS if child.box.culprit() is None else 0.0, child.kill)

    def process(self) -> ProcessLook:
        """Return how it is."""
        may, child = self.allowance, self.child
        return self.ended.look(
            str(self.number),
            up=self._link is not None,
            memory=self.resident,
            memory_limit=may.memory,
            cpu=self.cpu,
            cpu_limit=may.cpu,
            stopped=child.stopped if child is not None else 0.0,
            lag=self.lag,
            hang_limit=may.hang,
            flows=tuple(self.flows),
        )

    # --- what the worker says ---

    def _hear(self, event: Any) -> None:
        fleet = self._fleet
        match event:
            case frames.Beat():
                self._silent, self.lag, self._spoken = 0.0, event.lag, True
            case frames.Looked() if event.flow.flow in self.flows:
                self.flows[event.flow.flow].looked(event)
            case frames.Widgets() if event.flow in self.flows:
                self.flows[event.flow].has(event.widgets)
            case frames.Shown() if event.flow in self.flows:
                self.flows[event.flow].shown(event)
            case frames.Tapped() if event.flow in self.flows and event.node in self.flows[event.flow].taps:
                for port, msg in event.messages:
                    self.flows[event.flow].taps[event.node](event.node, port, msg)
            case frames.Connected():
                self.connections = event.connections
            case _:
                fleet.hear(self, event)
