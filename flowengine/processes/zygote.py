"""A process that has imported everything and does nothing but fork others, which so begin within milliseconds.

It has one thread and no loop, so that a fork is whole. It tells its parent of each child that was born or has died, and
ends with its parent; its children end with it. Between two forks it holds children to their share of the processor.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from typing import Any, Final

import msgspec

from flowengine.clock import Clock
from flowengine.errors import FlowEngineError
from flowengine.node import Node
from flowengine.processes.image import TypePlace, load
from flowengine.processes.throttle import Throttle
from flowengine.registry import Registry
from flowengine.whole_types import make_whole

LONGEST: Final = 200_000
"""Bytes of one message."""

PRELOADED: Final = ("uvloop", "ssl", "sqlite3", "asyncio", "flowengine.runtime.engine")

PARENT_DEATH: Final = 1
"""PR_SET_PDEATHSIG of Linux."""

TELLS: Final = 1.0
"""Seconds between two reports of how long children have been stopped."""


class Image(msgspec.Struct, frozen=True):
    """The first message to the zygote: what to import before the first fork."""

    modules: list[str]
    types: list[TypePlace]


class Spawn(msgspec.Struct, frozen=True, tag=True):
    """Fork a process; the descriptors that come with it are its link, its door, and both files of its black box."""

    number: int
    main: str
    """The function that it runs: `module:name`."""
    name: str
    survives: bool = False
    """Whether it may outlive its parent for a moment, as it has to leave things in order."""


class Hold(msgspec.Struct, frozen=True, tag=True):
    """Hold a child to so many cores, as a mean over a second; 0: to none."""

    number: int
    cores: float


class Said(msgspec.Struct, frozen=True, tag=True):
    """What the zygote says: a child was born (`status` is None), or has died."""

    number: int
    pid: int
    status: int | None = None
    """As the system tells it (`os.waitstatus_to_exitcode` makes an exit code or a signal of it)."""


class Stopped(msgspec.Struct, frozen=True, tag=True):
    """For how many seconds children have been stopped so far, because they had used up their share."""

    seconds: dict[int, float]
    """By their numbers."""


class Newborn(msgspec.Struct, frozen=True):
    """What a forked process begins with."""

    name: str
    link: socket.socket
    door: socket.socket
    note: int
    trace: int
    types: dict[str, type[Node]]


def main(descriptor: int, fresh: bool = True) -> None:
    """Serve one parent until it goes away; `fresh`: nothing has been imported yet."""
    parent = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    waker, woken = socket.socketpair()
    for end in (waker, woken):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    if fresh:
        _preload()
    gc.collect()  # while the parent gets ready
    image = msgspec.json.decode(parent.recv(LONGEST), type=Image)
    for name in image.modules:
        importlib.import_module(name)
    types = load(image.types)
    make_whole()
    gc.freeze()  # so that a collection in a child does not touch, and thereby copy, what all share
    with selectors.DefaultSelector() as selector:
        selector.register(parent, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        _Serving(parent, (waker, woken), selector, types).serve()


class _Serving:
    """What the zygote does until its parent is gone."""

    def __init__(
        self,
        parent: socket.socket,
        waking: tuple[socket.socket, socket.socket],
        selector: selectors.BaseSelector,
        types: dict[str, type[Node]],
    ) -> None:
        self._parent, self._waking, self._selector, self._types = parent, waking, selector, types
        self._clock = Clock()
        self._children: dict[int, int] = {}
        """Process -> its number."""
        self._throttle = Throttle()
        self._told: dict[int, float] = {}
        self._next_telling = 0.0

    def serve(self) -> None:
        woken = self._waking[1]
        while True:
            ready = {key.fileobj for key, _ in self._selector.select(self._throttle.wait(self._clock.monotonic()))}
            if woken in ready:
                woken.recv(4096)
                self._reap()
            if self._parent in ready:
                raw, files = _heard(self._parent)
                if not raw:
                    return
                match msgspec.json.decode(raw, type=Spawn | Hold):
                    case Spawn() as spawn:
                        self._fork(spawn, files)
                    case Hold(number, cores):
                        process = next((one for one, known in self._children.items() if known == number), None)
                        if process is not None:
                            self._throttle.hold(process, cores, self._clock.monotonic())
            self._throttle.look(self._clock.monotonic())
            self._tell()

    def _fork(self, spawn: Spawn, files: list[int]) -> None:
        pid = os.fork()
        if not pid:
            for other in (self._parent, *self._waking):
                other.close()
            self._selector.close()
            _begin(spawn, files, self._types)
        self._children[pid] = spawn.number
        for file in files:
            os.close(file)
        self._say(Said(spawn.number, pid))

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._throttle.forget(pid)
            number = self._children.pop(pid, None)
            if number is not None:
                self._say(Said(number, pid, status))

    def _tell(self) -> None:
        now = self._clock.monotonic()
        if now < self._next_telling:
            return
        found = {self._children[process]: seconds for process, seconds in self._throttle.stopped().items()}
        if found != self._told:
            self._told, self._next_telling = found, now + TELLS
            self._say(Stopped(found))

    def _say(self, said: Said | Stopped) -> None:
        try:
            self._parent.send(msgspec.json.encode(said))
        except OSError:
            os._exit(0)  # the parent is gone


def _preload() -> None:
    """Import what nearly every child needs, before the parent has said anything."""
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.suppress(FlowEngineError):
        Registry.discover()


def _heard(parent: socket.socket) -> tuple[bytes, list[int]]:
    """Return what the parent says, and the descriptors that came with it; nothing: it is gone."""
    try:
        raw, files, _, _ = socket.recv_fds(parent, LONGEST, 4)
    except ConnectionResetError:
        return b"", []
    return raw, files


def _begin(spawn: Spawn, files: list[int], types: dict[str, type[Node]]) -> None:
    """Become the process that was asked for; never returns."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if not spawn.survives:
            die_with_parent()
        link, door, note, trace = files
        faulthandler.enable(trace, all_threads=False)
        faulthandler.register(signal.SIGUSR1, trace, all_threads=True)
        module, _, name = spawn.main.partition(":")
        run: Any = getattr(importlib.import_module(module), name)
        run(Newborn(spawn.name, socket.socket(fileno=link), socket.socket(fileno=door), note, trace, types))
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here and not in the zygote's loop
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def die_with_parent() -> None:
    """Have the system end this process when the one that forked it is gone."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
