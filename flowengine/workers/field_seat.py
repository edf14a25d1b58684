"""The parent's side of the field process: started, looked after, and joined with every worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from flowengine.errors import FlowEngineError, NotAllowed, Retryable
from flowengine.field import frames
from flowengine.processes.frames import Beat, Connected, StopAll
from flowengine.processes.link import Link, LinkLost
from flowengine.processes.nursery import Child
from flowengine.processes.vitals import resident_of
from flowengine.safety.verdict import Event
from flowengine.telemetry.look import ProcessLook
from flowengine.workers.ended import Ended
from flowengine.workers.fall import GOOD, Sentence, pause_after
from flowengine.workers.seat import LAST_WORDS, LONGEST_STEP

if TYPE_CHECKING:
    from flowengine.workers.fleet import Fleet

LOG = logging.getLogger("flowengine.workers")

MAIN: Final = "flowengine.field.main:main"

STOPPING: Final = 5.0
"""Seconds to stop what it still has open."""


class FieldSeat:
    """The field process as its parent sees it: started, joined with workers, given its envelope, replaced."""

    def __init__(self, fleet: Fleet, hear: Callable[[Any], None]) -> None:
        """`hear` is given everything that it reports except the state of its connections."""
        self.connections: dict[str, dict[str, str]] = {}
        self.guard = b""
        """A `GuardSetup`, given to each field process that is started; empty: there is no envelope."""
        self.on_guard: Callable[[Event], None] = lambda event: None
        self._stop_way, self._stop_sockets = b"", list[socket.socket]()
        self.resident = 0
        self.lag = self.cpu = 0.0
        self.starts = self.falls = 0
        self._ended = Ended()
        self._sentence: Sentence | None = None
        self._fleet, self._hear_more = fleet, hear
        self._turn = asyncio.Lock()
        self._child: Child | None = None
        self._link: Link | None = None
        self._silent = self._born = 0.0
        self._ending = False
        self._guarded = False
        """Whether what holds now has been told which envelope it holds, and what was pressed before."""
        self._pressed: frames.GuardAct | None = None
        """The emergency stop, pressed while there was no field process: the first press, which is the cause."""
        self._revival: asyncio.Future[None] | None = None

    @property
    def pid(self) -> int:
        """Its process; 0: there is none now."""
        return self._child.pid if self._child is not None else 0

    async def be_up(self) -> None:
        """Have a field process, joined with all workers that run.

        Raises:
            OSError: it could not be started.
        """
        async with self._turn:
            if self._link is not None or self._ending:
                return
            fleet = self._fleet
            child = await fleet.nursery.spawn(MAIN, "field process", survives=True)
            self._silent, self._born = 0.0, fleet.clock.monotonic()
            link = Link(frames.to_parent, self._hear)
            await link.open(child.link)
            self._child, self._link = child, link
            self.starts += 1
            child.gone.add_done_callback(lambda gone: self._died(child, gone.result()))
            await link.ask(frames.SetupField(logging.getLogger().level, self.guard))
            while self._pressed is not None:
                request, self._pressed = self._pressed, None
                try:
                    await self._press(link, request)
                except FlowEngineError as error:  # no guard is at work there, so nothing may be written either
                    LOG.error("the emergency stop, which was pressed before the field process was up: %s", error)
            self._guarded = True
            if self._stop_sockets:
                await self._give_stops(self._stop_sockets)
            for seat in fleet.seats:
                if seat.child is not None:
                    self.join(seat.child)

    async def take_stops(self, way: bytes, listening: socket.socket) -> None:
        """Have the emergency stop pressed at a socket, too, by this field process and those after it."""
        self._stop_way = way
        self._stop_sockets.append(listening)
        if self._link is not None:
            await self._give_stops([listening])

    async def _give_stops(self, sockets: Sequence[socket.socket]) -> None:
        assert self._link is not None
        await self._link.ask(frames.StopKeys(self._stop_way))
        for listening in sockets:
            if self._child is not None:
                socket.send_fds(self._child.door, [frames.STOPS], [listening.fileno()])

    async def exchange_guard(self, guard: bytes) -> None:
        """Have a changed envelope taken into force, by this field process and those after it.

        Raises:
            Retryable: there is no field process now.
            Refused: it could not be; the one before stays in force.
        """
        try:
            if self._link is None or not self._guarded:
                raise LinkLost
            await self._link.ask(frames.GuardExchange(guard))
        except LinkLost as error:
            raise Retryable(
                "the field process is not up: the changed envelope is taken into force when it is"
            ) from error
        self.guard = guard

    async def ask_guard(self, request: frames.GuardAct | frames.GuardLook) -> Any:
        """Ask the guard something.

        Raises:
            NotAllowed: there is no field process now; or what the guard raises.
        """
        if self._link is None or not self._guarded:
            raise _not_up()
        try:
            return await self._link.ask(request)
        except LinkLost as error:
            raise _not_up() from error

    async def press(self, request: frames.GuardAct) -> str:
        """Press the emergency stop: now, or as the first thing that is asked of a field process which is being started.

        Raises:
            NotAllowed: none will be started any more.
            NotFound: what the guard raises.
        """
        if self._link is not None and self._guarded:
            with contextlib.suppress(LinkLost):
                return str(await self._press(self._link, request))
        if self._ending:
            raise _not_up()
        self._pressed = self._pressed or request
        return "the field process is being started: nothing is written before it is up, and the stop holds then"

    async def _press(self, link: Link, request: frames.GuardAct) -> Any:
        try:
            return await link.ask(request)
        except LinkLost:
            self._pressed = self._pressed or request
            raise

    def join(self, worker: Child) -> None:
        """Give a worker and the field process the two ends of a line that nobody else hears."""
        if self._child is None:
            return  # both hear of each other when it has been started
        ours, theirs = socket.socketpair()
        try:
            who = frames.Joined(worker.name, worker.epoch)
            socket.send_fds(self._child.door, [msgspec.msgpack.encode(who)], [ours.fileno()])
            socket.send_fds(worker.door, [b"field process"], [theirs.fileno()])
        except OSError as error:
            LOG.warning("%s could not be joined with the field process: %s", worker.name, error)
        finally:
            ours.close()
            theirs.close()

    async def close(self) -> None:
        """Stop it; workers must have ended before."""
        self._ending = True
        if self._revival is not None:
            self._revival.cancel()
        async with self._turn:
            child, link = self._child, self._link
            if child is None or link is None:
                return
            try:
                async with asyncio.timeout(STOPPING):
                    await link.ask(StopAll(0))
                    await asyncio.shield(child.gone)
            except (LinkLost, TimeoutError):
                child.kill()
            await asyncio.wait([child.gone], timeout=5)
            link.close()
            child.close()
            self._child = self._link = None

    def look_after(self, passed: float) -> None:
        """See whether it is well; `passed` seconds after the last time."""
        child = self._child
        if child is None or self._ending:
            return
        self.resident = resident_of(child.pid)
        self._silent += min(passed, LONGEST_STEP)
        if self._silent > self._fleet.settings.hang:
            self._sentence, self._silent = Sentence("hang", self._silent), 0.0
            if child.box.culprit() is None:
                child.kill(signal.SIGUSR1)
            asyncio.get_running_loop().call_later(LAST_WORDS, child.kill)

    def process(self) -> ProcessLook:
        """Return how it is."""
        return self._ended.look(
            "field",
            up=self._link is not None,
            memory=self.resident,
            memory_limit=0,
            cpu=self.cpu,
            cpu_limit=0.0,
            stopped=0.0,
            lag=self.lag,
            hang_limit=self._fleet.settings.hang,
        )

    def _died(self, child: Child, code: int | None) -> None:
        link, self._link, self._child, self._guarded = self._link, None, None, False
        if link is not None:
            link.close()
        self._ended.add(0.0, self.cpu)
        self.connections, self.resident, self.lag, self.cpu = {}, 0, 0.0, 0.0
        if self._ending:
            child.close()
            return
        found = child.box.culprit()
        at = "" if found is None else f", busy with {found.flow}/{found.node} {found.what}"
        stack = child.box.stack()
        child.close()
        self.falls = 1 if self._fleet.clock.monotonic() - self._born > GOOD else self.falls + 1
        LOG.error("the field process has ended (%s%s) and is started again", code, at)
        if stack:
            LOG.error("the field process: its stack, the innermost first: %s", stack)
        self._ended.count(self._sentence, code, f"it has ended ({code}{at})")
        self._sentence = None
        self._revival = asyncio.ensure_future(self._revive())

    async def _revive(self) -> None:
        while not self._ending:
            await self._fleet.clock.sleep(pause_after(self.falls))
            try:
                await self.be_up()
            except (OSError, LinkLost) as error:
                LOG.error("the field process could not be started: %s", error)
                self.falls += 1
            else:
                return

    def _hear(self, event: Any) -> None:
        match event:
            case Beat():
                self._silent, self.lag, self.cpu = 0.0, event.lag, event.cpu
            case Connected():
                self.connections = event.connections
            case frames.GuardTold():
                self.on_guard(Event(event.kind, event.output, event.text, event.by, event.details))
            case _:
                self._hear_more(event)


def _not_up() -> NotAllowed:
    return NotAllowed("the field process is not up: its machines are safe or will be, and can be asked nothing")
