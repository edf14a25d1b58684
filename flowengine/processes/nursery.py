"""Brings processes into being and hears of their end; keeps the zygote that forks them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from flowengine.processes.black_box import BlackBox
from flowengine.processes.image import places_of
from flowengine.processes.silence import LONGEST as LONGEST_SILENCE
from flowengine.processes.silence import Silence
from flowengine.processes.vitals import work_of
from flowengine.processes.warming import Zygote, take
from flowengine.processes.zygote import LONGEST, Hold, Image, Said, Spawn, Stopped
from flowengine.registry import Registry

LOG = logging.getLogger("flowengine.processes")

PATIENCE: Final = 60.0
"""Seconds that a process may take to be born, on a very busy machine."""


class ZygoteLost(OSError):
    """The process that forks the others has ended before it had forked one more."""


def possible() -> bool:
    """Say whether this system can run flows in processes of their own."""
    return sys.platform == "linux"


class Child:
    """One process, as its parent sees it."""

    def __init__(self, name: str, pid: int, link: socket.socket, door: socket.socket, box: BlackBox) -> None:
        self.name, self.pid = name, pid
        self.link, self.door, self.box = link, door, box
        self.epoch = 0
        """Fencing number: of two workers that run the same flow, the lower one is out of date."""
        self.stopped = 0.0
        """Seconds for which it has been stopped, because it had used up its share of the processor."""
        self._closed = False
        self.gone: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        """Its exit code, below 0: the signal that ended it; None: nobody knows."""

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, if it still runs."""
        if not self.gone.done():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def close(self) -> None:
        """Let go of what is left of it; once more does nothing."""
        if not self._closed:
            self._closed = True
            self.door.close()
            self.box.close()


class Nursery:
    """Has processes forked by the zygote, and knows which of them run; everything here belongs on one event loop."""

    def __init__(self, registry: Registry, mains: Sequence[str]) -> None:
        """Take what the zygote imports: the modules of what it is to run, and the classes of the registry."""
        self._image = Image([main.partition(":")[0] for main in mains], places_of(registry))
        self._zygote: Zygote | None = None
        self._silence = Silence()
        self._line: socket.socket | None = None
        self._last = 0
        self._expected: dict[int, asyncio.Future[int]] = {}
        self._children: dict[int, Child] = {}
        self._early: dict[int, int] = {}
        """Number -> how a child ended whose death was reported before `spawn` had returned it."""

    def start(self) -> None:
        """Begin to warm up, without waiting for it."""
        if self._line is None:
            self._zygote = take()
            self._line, self._silence = self._zygote.line, Silence()
            self._line.send(msgspec.json.encode(self._image))
            asyncio.get_running_loop().add_reader(self._line.fileno(), self._hear)

    async def spawn(self, main: str, name: str, survives: bool = False) -> Child:
        """Fork a process that runs a function (`module:name`).

        `survives`: it ends by itself when it has lost its parent, after it has left things in order.

        Raises:
            OSError: it could not be born.
        """
        try:
            return await self._spawn(main, name, survives)
        except ZygoteLost:  # another takes its place
            return await self._spawn(main, name, survives)

    async def _spawn(self, main: str, name: str, survives: bool) -> Child:
        self.start()
        assert self._line is not None
        (ours, link), (our_door, door) = socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        box = BlackBox()
        self._last += 1
        number = self._last
        born = self._expected[number] = asyncio.get_running_loop().create_future()
        with contextlib.ExitStack() as without_child:  # also when who wants it gives up
            for ours_alone in (ours, our_door, box):
                without_child.callback(ours_alone.close)
            try:
                message = msgspec.json.encode(Spawn(number, main, name, survives))
                socket.send_fds(self._line, [message], [link.fileno(), door.fileno(), *box.files])
                async with asyncio.timeout(PATIENCE):
                    pid = await born
            except ZygoteLost:
                raise
            except (OSError, TimeoutError) as error:
                raise OSError(f"no process could be started: {str(error) or 'it took too long'}") from error
            finally:
                self._expected.pop(number, None)
                link.close()
                door.close()
            without_child.pop_all()
        child = Child(name, pid, ours, our_door, box)
        self._children[number] = child
        if number in self._early:
            self._died(number, self._early.pop(number))
        return child

    def hold(self, child: Child, cores: float) -> None:
        """Hold a process to so many cores, as a mean over a second; 0: to none."""
        number = next((number for number, one in self._children.items() if one is child), None)
        if number is not None and self._line is not None:
            try:
                self._line.send(msgspec.json.encode(Hold(number, cores)))
            except OSError as error:
                LOG.warning("%s is not held to %g cores: %s", child.name, cores, error)

    def look_after(self, passed: float) -> None:
        """End a zygote that hangs while it is waited for; `passed` seconds after the last time."""
        if self._zygote is None:
            return
        dead = (one for one in self._children.values() if work_of(one.pid)[0] == "Z")  # it has not told of them
        waited_for = bool(self._expected) or any(dead)
        state, worked = work_of(self._zygote.pid)
        if self._silence.look(state, worked, waited_for, passed):
            doing = "is stopped" if state in "Tt" else "hangs"
            LOG.error(
                "the process that forks the others %s: no sign of life for %g s; it is ended, another takes its place, "
                "and all flows go on in new processes from what they have stored",
                *(doing, LONGEST_SILENCE),
            )
            os.kill(self._zygote.pid, signal.SIGKILL)
            self._silence = Silence()

    def close(self) -> None:
        """Fork no more; children that still run end at once."""
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line.fileno())
            self._line = None
        if self._zygote is not None:
            self._zygote.wait()
            self._zygote = None

    def _hear(self) -> None:
        assert self._line is not None
        while True:
            try:
                raw = self._line.recv(LONGEST)
            except BlockingIOError:
                return
            except OSError:
                raw = b""
            if not raw:
                self._lost()
                return
            match msgspec.json.decode(raw, type=Said | Stopped):
                case Stopped(seconds):
                    for number, stopped in seconds.items():
                        if number in self._children:
                            self._children[number].stopped = stopped
                case Said(number, pid, status):
                    if status is not None:
                        self._died(number, status)
                    elif (born := self._expected.get(number)) is not None and not born.done():
                        born.set_result(pid)  # done: who waited for it has given up in this same turn of the loop

    def _died(self, number: int, status: int) -> None:
        child = self._children.pop(number, None)
        if child is None:
            self._early[number] = status
        elif not child.gone.done():
            child.gone.set_result(os.waitstatus_to_exitcode(status))

    def _lost(self) -> None:
        """Hear that the zygote is gone, and all its children with it; the next fork starts another."""
        LOG.error("the process that forks the others has ended; another takes its place")
        self.close()
        for born in self._expected.values():
            if not born.done():
                born.set_exception(ZygoteLost("the process that forks the others has ended"))
        children, self._children = self._children, {}
        for child in children.values():
            if not child.gone.done():
                child.gone.set_result(None)
