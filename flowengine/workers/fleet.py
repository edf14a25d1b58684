"""All flows of an installation, each in a worker: the `Flows` of a parent that runs none itself."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.errors import DeployFailed, NotFound
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.processes.nursery import Child, Nursery
from flowengine.registry import Registry
from flowengine.runtime.changes import DeployOutcome, restarts
from flowengine.runtime.flows import DRAIN, Mode
from flowengine.runtime.looking import snapshot_of
from flowengine.runtime.wiring import Tap
from flowengine.store import flow_files
from flowengine.store.dead_letters import DeadLetters
from flowengine.telemetry.faults import Faults
from flowengine.telemetry.look import FlowLook, ProcessLook
from flowengine.telemetry.observer import Observer, Watch
from flowengine.telemetry.traces import Hop, Trace
from flowengine.workers import frames
from flowengine.workers.accidents import Accidents
from flowengine.workers.field_seat import MAIN as FIELD
from flowengine.workers.field_seat import FieldSeat
from flowengine.workers.hearing import Hearing
from flowengine.workers.known import KnownFlow, KnownWidget
from flowengine.workers.seat import MAIN as WORKER
from flowengine.workers.seat import Seat
from flowengine.workers.seating import Seating
from flowengine.workers.settings import Workers

LOG = logging.getLogger("flowengine.workers")

GLANCE: Final = 0.25
"""Seconds between two looks at whether all workers are well."""

INTEREST: Final = 3.0
"""Seconds for which widgets are followed after somebody asked for them."""


class Fleet:
    """Runs the flows in worker processes, and looks after those; everything here belongs on one event loop."""

    def __init__(
        self,
        registry: Registry,
        settings: Workers,
        dead_letters: DeadLetters,
        letters_file: Path | None,
        environment: Mapping[str, str],
        checkpoints: Path | None,
        clock: Clock | None = None,
        recordings: Path | None = None,
    ) -> None:
        """Take what workers are given; nothing is started before `start`.

        Args:
            registry: node types; the classes are imported where they are needed.
            settings: how many workers, and their limits.
            dead_letters: the letters, as this process sees them.
            letters_file: the file that they are in, which each worker writes to itself.
            environment: variables that nodes see behind those of their flow.
            checkpoints: the folder where flows store what they hold.
            clock: None: real time.
            recordings: the folder where it is kept what flows at machines are told; None: nowhere.
        """
        self.settings = settings
        self.clock = clock or Clock()
        self.dead_letters = dead_letters
        self.observer = Observer(self.clock)
        self.faults = Faults(self.clock.now, self.clock.monotonic)
        self.changed: list[Callable[[], None]] = []
        self.flows: dict[str, KnownFlow] = {}
        self.drain = DRAIN
        self.nursery = Nursery(registry, [WORKER, FIELD])
        self._shared = MemoryContext()
        self.seating = Seating(self)
        self.accidents = Accidents(self)
        self.checkpoints = checkpoints
        self._letters_file, self._recordings = letters_file, recordings
        self._environment = dict(environment)
        self.field = FieldSeat(self, lambda event: self._hearing.hear(None, event)) if settings.field else None
        self._hearing = Hearing(self.observer, self.faults, self._share)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._epoch = int(self.clock.now() * 1000)
        self._watched: set[str] = set()
        self._widgets_until = float("-inf")
        self._wholes = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None
        self._care: asyncio.Task[None] | None = None

    @property
    def shared(self) -> MemoryContext:
        """The context of scope `global`, of which every worker has a copy."""
        return self._shared

    @property
    def seats(self) -> Sequence[Seat]:
        """All workers."""
        return self.seating.seats

    # --- life ---

    async def start(self) -> None:
        """Warm up the image that workers are forked from; it goes on in the background."""
        self.nursery.start()
        self._care = asyncio.create_task(self._look_after_all(), name="workers")

    async def stop(self, drain: float = DRAIN) -> None:
        """Drain and stop all flows, then end all workers."""
        await asyncio.gather(*(seat.close(drain) for seat in self.seats))
        if self.field is not None:
            await self.field.close()
        if self._care is not None:
            self._care.cancel()
        if self._refreshing is not None:
            self._refreshing.cancel()
        self.flows.clear()
        self.seating.seats.clear()
        self.nursery.close()

    async def _look_after_all(self) -> None:
        before = self.clock.monotonic()
        while True:
            await asyncio.sleep(GLANCE)
            now = self.clock.monotonic()
            for seat in self.seats:
                seat.look_after(now - before)
            if self.field is not None:
                self.field.look_after(now - before)
            self.nursery.look_after(now - before)
            before = now
            self.faults.expire()
            if 0 < self._widgets_until < now:
                self._widgets_until = float("-inf")
                self._tell_watching()

    # --- deploying ---

    async def deploy(
        self, plan: Plan, taps: Mapping[str, Tap] | None = None, drain: float = DRAIN, mode: Mode = "nodes"
    ) -> DeployOutcome:
        """Run a plan in place of the one of the same name; see `Engine.deploy`.

        Raises:
            DeployFailed: it did not start; says whether what ran before runs on.
        """
        async with self._lock(plan.name):
            old = self.flows.get(plan.name)
            taps = taps if taps is not None else (old.taps if old is not None else {})
            if self.field is not None and any(one.cls.ot for one in plan.connections.values()):
                await self.field.be_up()
            seat = self.seating.seat_for(plan, old)
            flow = old or KnownFlow(plan, seat, taps)
            try:
                if old is None or old.seat is seat:
                    outcome = await seat.deploy(flow, plan, taps, drain, mode)
                else:
                    outcome = await self._move(old, seat, plan, taps, drain, mode)
            except DeployFailed as error:
                if plan.name not in flow.seat.flows:
                    self.flows.pop(plan.name, None)
                    self.faults.flow_failed(plan.name, str(error))
                    await self.seating.leave(seat)
                raise
            self.flows[plan.name] = flow
            self.accidents.up(flow)
            return outcome

    async def _move(
        self, flow: KnownFlow, seat: Seat, plan: Plan, taps: Mapping[str, Tap], drain: float, mode: Mode
    ) -> DeployOutcome:
        """Go on in another worker, with what the flow held; back into the old one if that fails."""
        old, before = flow.seat, flow.plan
        await old.undeploy(plan.name, drain, mode == "flows", mode == "flows")
        try:
            await seat.deploy(flow, plan, taps, drain, mode)
        except DeployFailed as error:
            try:
                await asyncio.to_thread(flow_files.settle_aside, self.checkpoints, plan.name, back=True)
                await old.deploy(flow, before, flow.taps, drain, "nodes")
            except DeployFailed as second:
                raise DeployFailed(f"{error}; and the revision before it did not start again: {second}") from error
            raise DeployFailed(f"{error}; the revision before it runs on") from error
        await asyncio.to_thread(flow_files.settle_aside, self.checkpoints, plan.name, back=False)
        flow.seat = seat
        await self.seating.leave(old)
        return restarts(None, plan)

    async def undeploy(self, name: str, drain: float = DRAIN, forget: bool = False, aside: bool = False) -> None:
        """Drain and stop a flow; with `forget` it is no more, and nothing of it is kept for another start.

        `aside`: but for a copy of what it held, for a deploy that has to go back (`store/flow_files.py`).

        Raises:
            NotFound: no flow of that name runs.
        """
        async with self._lock(name):
            flow = self._flow(name)
            del self.flows[name]
            await flow.seat.undeploy(name, drain, forget, aside)
            self.faults.started(name, flow.plan.nodes)
            self.faults.flow_good(name)
            await self.seating.leave(flow.seat)
            if forget and self.checkpoints is not None:  # in case that the worker could not do it
                flow_files.forget(self.checkpoints, name)

    def _lock(self, name: str) -> asyncio.Lock:
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock

    # --- what seats ask and say ---

    def setup(self) -> frames.Setup:
        """Return what a new worker needs to know."""
        return frames.Setup(
            environment=self._environment,
            dead_letters=str(self._letters_file or ""),
            checkpoints=str(self.checkpoints or ""),
            recordings=str(self._recordings or ""),
            shared=self._shared.values,
            memory=self.settings.memory,
            log_level=logging.getLogger().level,
            field=self.field is not None,
        )

    def welcome(self, child: Child) -> None:
        """Join a new worker with the field process."""
        self._epoch += 1
        child.epoch = self._epoch
        if self.field is not None:
            self.field.join(child)

    def watching(self) -> frames.Watching:
        """Return what is watched."""
        return frames.Watching(list(self._watched), self._widgets_until > 0)

    def hear(self, seat: Seat, event: Any) -> None:
        """Take in what a worker says of more than a flow's looks."""
        self._hearing.hear(seat, event)

    def _share(self, seat: Seat, event: frames.Shared) -> None:
        """Take a value of the context `global`, and tell all other workers."""
        self._shared.set(event.key, event.value)
        for other in self.seats:
            if other is not seat:
                other.tell(event)

    # --- what people do ---

    async def inject(self, flow: str, node: str, msg: Message | None = None, port: str = "") -> None:
        """Give a message to a node as if a wire had brought it; None presses a source's button.

        Raises:
            NotFound: there is no such flow, node, port or button.
        """
        await self._flow(flow).seat.ask(frames.Inject(flow, node, msg, port))

    async def operate(self, flow: str, node: str, value: Any) -> None:
        """Do what an operator did to a node's widget.

        Raises:
            NotFound: there is no such flow or node, or operators cannot move anything there.
            BadData: the value does not fit.
        """
        await self._flow(flow).seat.ask(frames.Operate(flow, node, value))

    async def replay(self, number: int) -> None:
        """Give a dead letter back to the node where it failed, and delete it.

        Raises:
            NotFound: the letter, its flow or its node is gone; the letter, if there is one, stays.
        """
        letter = self.dead_letters.get(number)
        if letter is None:
            raise NotFound(f"there is no dead letter {number}")
        await self.inject(letter.flow, letter.node, letter.message, letter.port)
        self.dead_letters.remove([number])

    # --- looking ---

    async def way(self, id: str) -> Trace:
        """Return the way of a message, as far as it was watched."""
        found = await asyncio.gather(*(seat.ask(frames.AskWay(id)) for seat in self.seats), return_exceptions=True)
        hops = [hop for one in found if not isinstance(one, BaseException) for hop in msgspec.convert(one, list[Hop])]
        return Trace(id, tuple(sorted(hops, key=lambda hop: hop.at)))

    def watch(self, flow: str) -> Watch:
        """Begin to follow the messages of a flow, which need not run yet; returns a token to give back."""
        token = self.observer.watch(flow)
        self._watched.add(flow)
        self._tell_watching()
        return token

    def unwatch(self, token: Watch) -> None:
        """Give a token back."""
        if self.observer.unwatch(token):
            self._watched.discard(token.flow)
            self._tell_watching()

    def _tell_watching(self) -> None:
        for seat in self.seats:
            seat.tell(self.watching())

    def look(self, flow: str) -> FlowLook:
        """Return how a flow was when its worker spoke last.

        Raises:
            NotFound: no flow of that name runs.
        """
        return self._flow(flow).look()

    def look_in_steps(self, flow: str) -> Generator[None, None, FlowLook]:
        """Look as `look` does, at once: it is all here.

        Raises:
            NotFound: no flow of that name runs.
        """
        known = self._flow(flow)

        def steps() -> Generator[None, None, FlowLook]:
            return known.look()
            yield

        return steps()

    def widgets(self) -> list[KnownWidget]:
        """Return the widgets of all flows; for a while from now on what they show is told without being asked for."""
        new = self._widgets_until < 0
        self._widgets_until = self.clock.monotonic() + INTEREST
        if new:
            self._tell_watching()
        return [widget for flow in self.flows.values() for widget in flow.widgets.values()]

    @property
    def widgets_whole(self) -> bool:
        """Whether growing widgets can be shown whole now; if not, that is asked for."""
        if self.clock.monotonic() - self._wholes < 1.0 or not any(widget.grows for widget in self.widgets()):
            return True
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self.refresh(), name="refresh")
        return False

    async def refresh(self) -> None:
        """Return when all that is known here is as of now, but for flows whose worker is down or does not answer."""
        asked = [asyncio.ensure_future(seat.ask(frames.Refresh())) for seat in self.seats if seat.pid]
        if asked:
            _, late = await asyncio.wait(asked, timeout=1.0)
            for one in late:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        self._wholes = self.clock.monotonic()

    def snapshot(self) -> dict[str, Any]:
        """Return the state of everything as JSON values: flows with nodes and wires, connections, dead letters."""
        return {
            "flows": {
                name: {"nodes": snapshot_of(flow.plan, flow.look()), "wires": flow.passed()}
                for name, flow in self.flows.items()
            },
            "connections": self._connections(),
            "dead_letters": {"kept": len(self.dead_letters), "dropped": self.dead_letters.dropped},
        }

    def _connections(self) -> dict[str, dict[str, str]]:
        found = {name: one for seat in self.seats for name, one in seat.connections.items()}
        return found | (self.field.connections if self.field is not None else {})

    @property
    def lag(self) -> float:
        """By how many seconds the loop of a worker has run late at worst, lately."""
        return max((seat.lag for seat in self.seats), default=0.0)

    @property
    def memory(self) -> int:
        """Bytes resident in all workers; what they share is counted in each."""
        return sum(seat.resident for seat in self.seats) + (self.field.resident if self.field is not None else 0)

    def processes(self) -> list[ProcessLook]:
        """Return how all workers and the field process are."""
        found = [seat.process() for seat in self.seats]
        return found if self.field is None or not self.field.starts else [*found, self.field.process()]

    def _flow(self, name: str) -> KnownFlow:
        flow = self.flows.get(name)
        if flow is None:
            raise NotFound(f"no flow '{name}' runs; running: {', '.join(self.flows) or 'none'}")
        return flow
