"""The field process: takes workers in, and says how its connections are."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from typing import Any, Final

import msgspec

from flowengine.clock import Clock
from flowengine.errors import NotFound, Refused
from flowengine.field import frames
from flowengine.field.gate import Gate
from flowengine.field.guarded import GuardGate, GuardSetup, guarding_of
from flowengine.field.guest import Fences, Guest
from flowengine.field.stop_door import StopDoor, StopWay
from flowengine.processes.frames import Beat, Connected, Debugged, StopAll
from flowengine.processes.link import Link
from flowengine.processes.telling_log import log_to
from flowengine.processes.watcher import Watcher
from flowengine.processes.zygote import Newborn
from flowengine.runtime import loop
from flowengine.runtime.connections import Connections
from flowengine.runtime.guard.desk import Act, described, perform
from flowengine.runtime.guard.guarding import Guarding
from flowengine.safety.verdict import Event
from flowengine.telemetry.observer import Observer

LOG = logging.getLogger("flowengine.guard")

ALONE: Final = 30.0
"""Seconds to make machines safe after the parent has died."""

AHEAD: Final = 5
"""Steps of niceness by which the field process is ahead of workers and web, where the system allows it."""

PRIORITY: Final = -10
"""Its niceness, where the system allows it: a stop is to wait for nothing else on this computer."""

BEAT: Final = 0.1
"""Seconds between two beats, and between two looks at whether workers are silent."""


def main(newborn: Newborn) -> None:
    """Run until the parent says so, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # it needs a right that not everybody gives it
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    with contextlib.suppress(OSError):  # only who is root, or has `LimitNICE=-5`, may
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - AHEAD)
    loop.run(_Field(newborn).run())


class _Field:
    def __init__(self, newborn: Newborn) -> None:
        self._newborn = newborn
        self._clock = Clock()
        self._observer = Observer(self._clock)
        self._connections = Connections(self._clock, self._observer)
        self._gate: Gate = Gate()
        self._guarding: Guarding | None = None
        self._fences: Fences = {}
        self._guests: set[Guest] = set()
        self._left: set[Guest] = set()
        """Workers that are gone, while the devices they had opened stay connected for their successors."""
        self._known: dict[str, dict[str, str]] = {}
        self._debugged = self._dropped = 0
        self._stops = StopDoor(self._press, StopWay(b""), self._clock)
        self._opening: asyncio.Future[None] | None = None
        """Held here, as the loop itself holds tasks only weakly."""
        self._over = asyncio.Event()
        self._link = Link(frames.from_parent, lambda event: None, self._answer, self._over.set)
        self._watcher: Watcher | None = None

    async def run(self) -> None:
        await self._link.open(self._newborn.link)
        door = self._newborn.door
        door.setblocking(False)
        asyncio.get_running_loop().add_reader(door.fileno(), self._knocked)
        await self._over.wait()
        if self._guarding is not None:  # also when the parent has died: nobody else makes the machines safe now
            await self._guarding.stop()

    def _answer(self, request: Any) -> Any:
        match request:
            case frames.SetupField():
                log_to(self._link, request.log_level)
                self._watcher = Watcher(self._newborn.note, {}, 0, alone=ALONE)
                self._beat(asyncio.get_running_loop().time())
                return self._guard(request.guard) if request.guard else None
            case frames.GuardExchange():
                return self._exchange(request.guard)
            case frames.StopKeys():
                self._stops.way = msgspec.msgpack.decode(request.way, type=StopWay)
                return None
            case frames.GuardAct():
                return perform(self._guard_at_work(), msgspec.msgpack.decode(request.act, type=Act))
            case frames.GuardLook():
                return described(self._guard_at_work())
            case StopAll():
                return self._stop()
        raise ValueError(f"the field process does not know {type(request).__name__}")

    async def _guard(self, raw: bytes) -> None:
        """Put the guard in front of every command; whatever goes wrong, nothing may be written then."""
        setup = msgspec.msgpack.decode(raw, type=GuardSetup)
        if not setup.refused:
            try:
                await self._take(setup)
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is why nothing may be written
                setup = GuardSetup(refused=f"the guard could not be started: {error}")
                LOG.error("%s", setup.refused)
        self._place(setup.refused)

    async def _exchange(self, raw: bytes) -> None:
        """Take a changed envelope into force.

        Raises:
            Refused: it could not be; the one before stays.
        """
        try:
            await self._take(msgspec.msgpack.decode(raw, type=GuardSetup))
        except Exception as error:
            raise Refused(f"the guard could not be started: {error}") from error
        self._place("")

    async def _take(self, setup: GuardSetup) -> None:
        before = self._guarding
        guarding = guarding_of(
            setup, self._newborn.types, self._connections, self._clock, self._observer, lambda event: self._told(event)
        )
        await (guarding.start() if before is None else guarding.succeed(before))
        self._guarding = guarding

    def _place(self, refused: str) -> None:
        self._gate = GuardGate(lambda: self._guarding, self._newborn.types, refused)
        for guest in self._guests:
            guest.gate = self._gate

    def _guard_at_work(self) -> Guarding:
        if self._guarding is None:
            raise NotFound("no envelope is in force")
        return self._guarding

    def _told(self, event: Event) -> None:
        self._link.tell(frames.GuardTold(*event))

    async def _stop(self) -> None:
        for guest in [*self._guests, *self._left]:
            await guest.close()
        asyncio.get_running_loop().call_later(BEAT, self._over.set)

    def _knocked(self) -> None:
        """Take in a worker, whose socket comes by the door."""
        try:
            raw, files, _, _ = socket.recv_fds(self._newborn.door, 100, 1)
        except (BlockingIOError, ConnectionResetError):
            return
        if not raw:
            asyncio.get_running_loop().remove_reader(self._newborn.door.fileno())
            return
        if raw == frames.STOPS:
            self._opening = asyncio.ensure_future(self._open_stops(socket.socket(fileno=files[0])))
            return
        who = msgspec.msgpack.decode(raw, type=frames.Joined)
        guest = Guest(self._newborn.types, self._connections, self._gate, self._fences, self._leave, who)
        self._guests.add(guest)
        guest.beginning = asyncio.ensure_future(guest.begin(socket.socket(fileno=files[0])))

    async def _open_stops(self, listening: socket.socket) -> None:
        listening.setblocking(False)
        try:
            await self._stops.open(listening)
        except OSError as error:
            LOG.error("the emergency stop cannot be pressed beside the web server: %s", error)

    def _press(self, cause: str, by: str) -> None:
        self._guard_at_work().emergency_stop(cause, by)

    def _leave(self, guest: Guest) -> None:
        self._guests.discard(guest)
        self._left = {one for one in self._left if not one.over} | {guest}

    def _beat(self, due: float) -> None:
        assert self._watcher is not None
        self._watcher.beat()
        running = asyncio.get_running_loop()
        if not self._link.full:  # a parent that stands still hears none of it
            self._link.tell(Beat(max(0.0, running.time() - due), sum(os.times()[:2])))
        for guest in self._guests:
            guest.look_after()
        self._tell()
        running.call_later(BEAT, self._beat, running.time() + BEAT)

    def _tell(self) -> None:
        found = self._connections.snapshot()
        if found != self._known:
            self._known = found
            self._link.tell(Connected(found))
        ring = self._observer.debug
        if ring.last > self._debugged and not self._link.full:
            items = ring.since(self._debugged, 100)
            dropped = ring.dropped - self._dropped + ring.last - self._debugged - len(items)
            self._link.tell(Debugged(items, dropped))
            self._debugged, self._dropped = ring.last, ring.dropped
