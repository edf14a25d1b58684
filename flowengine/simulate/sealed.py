"""Holds the process of a simulation to its limits, and lets it reach nothing outside: no socket, no process, no file.

Flows are simulated with stand-ins for everything that touches the outside world. This is the second wall, for code in a
node that would reach out by itself.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from flowengine.node import Node

MEMORY: Final = 1 << 30
"""Bytes that a simulation may use."""

_REFUSED: Final = frozenset(
    {
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
        *("socket.gethostbyname", "socket.gethostbyaddr"),
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"),
        *("os.remove", "os.rename", "os.rmdir", "os.truncate", "os.kill", "os.killpg"),
    }
)


class Sealed(PermissionError):
    """Something in a simulation wanted to reach out of it."""


class TimeIsUp(KeyboardInterrupt):
    """The time of a simulation is up; says which node was at work. No node's failure, so no node catches it as one."""


def limit(memory: int = MEMORY) -> None:
    """Hold this process to so much memory, behind everything else on the computer."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        os.nice(15)


def seal(seconds: float) -> None:
    """Refuse from now on whatever would reach out of this process; there is no way back.

    After so many seconds what runs is given up, and again each second after that; a process that has used two seconds
    more of the processor is ended.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            raise Sealed(f"a simulation reaches nothing outside: {event} is refused")

    sys.addaudithook(look)


def _give_up(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and node.log.extra:
            raise TimeIsUp("{flow}/{node}".format_map(node.log.extra))
        frame = frame.f_back
    raise TimeIsUp
