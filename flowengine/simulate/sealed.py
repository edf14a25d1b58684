"""Holds the process of a simulation to its limits, and lets it reach nothing outside: no socket, no process, no file.

Flows are simulated with stand-ins for everything that touches the outside world. This is the second wall, for code in a
node that would reach out by itself.
"""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from typing import Any, Final

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


def limit(seconds: float, memory: int = MEMORY) -> None:
    """Hold this process to so much time of the processor and memory, behind everything else on the computer."""
    most = int(seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        os.nice(15)


def seal() -> None:
    """Refuse from now on whatever would reach out of this process; there is no way back."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            raise Sealed(f"a simulation reaches nothing outside: {event} is refused")

    sys.addaudithook(look)
