"""A process that has imported everything and does nothing but fork others, which so begin within milliseconds.

It has one thread and no loop, so that a fork is whole. It tells its parent of each child that was born or has died, and
ends with its parent; its children end with it.
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

from flowengine.errors import FlowEngineError
from flowengine.node import Node
from flowengine.processes.image import TypePlace, load
from flowengine.registry import Registry

LONGEST: Final = 200_000
"""Bytes of one message."""

PRELOADED: Final = ("uvloop", "ssl", "sqlite3", "asyncio", "flowengine.runtime.engine")

PARENT_DEATH: Final = 1
"""PR_SET_PDEATHSIG of Linux."""


class Image(msgspec.Struct, frozen=True):
    """What to import before the first fork."""

    modules: list[str]
    types: list[TypePlace]


class Spawn(msgspec.Struct, frozen=True):
    """Fork a process; the descriptors that come with it are its link, its door, and both files of its black box."""

    number: int
    main: str
    """The function that it runs: `module:name`."""
    name: str
    survives: bool = False
    """Whether it may outlive its parent for a moment, as it has to leave things in order."""


class Said(msgspec.Struct, frozen=True):
    """What the zygote says: a child was born (`status` is None), or has died."""

    number: int
    pid: int
    status: int | None = None
    """As the system tells it (`os.waitstatus_to_exitcode` makes an exit code or a signal of it)."""


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
    gc.freeze()  # so that a collection in a child does not touch, and thereby copy, what all share
    numbers: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(parent, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                woken.recv(4096)
                _reap(parent, numbers)
            if parent in ready:
                raw, files = _heard(parent)
                if not raw:
                    return
                spawn = msgspec.json.decode(raw, type=Spawn)
                pid = os.fork()
                if not pid:
                    for other in (parent, waker, woken):
                        other.close()
                    selector.close()
                    _begin(spawn, files, types)
                numbers[pid] = spawn.number
                for file in files:
                    os.close(file)
                _say(parent, Said(spawn.number, pid))


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


def _reap(parent: socket.socket, numbers: dict[int, int]) -> None:
    while numbers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        number = numbers.pop(pid, None)
        if number is not None:
            _say(parent, Said(number, pid, status))


def _say(parent: socket.socket, said: Said) -> None:
    try:
        parent.send(msgspec.json.encode(said))
    except OSError:
        os._exit(0)  # the parent is gone


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
