"""Starts the zygote: forked from this process while that has one thread and has imported everything, else anew."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Final, NamedTuple

SOURCE: Final = "import sys; sys.path[:] = {path!r}; from flowengine.processes.zygote import main; main({end})"


class Zygote(NamedTuple):
    """The process that forks others, and the socket that leads to it."""

    pid: int
    line: socket.socket

    def wait(self) -> None:
        """Wait for its end, which follows that of the line."""
        self.line.close()
        pause = threading.Event()
        try:
            for _ in range(500):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
                pause.wait(0.01)
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            return


_warm: list[Zygote] = []


def warm() -> None:
    """Fork it from this process, for whoever takes it first; a command calls this before it begins anything.

    So it costs milliseconds, in place of the time that all imports take once more, and shares its memory.
    """
    if _warm or sys.platform != "linux" or threading.active_count() > 1:
        return
    from flowengine.processes.zygote import main

    line, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        try:
            line.close()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            main(end.detach(), fresh=False)
        finally:
            os._exit(0)
    end.close()
    line.setblocking(False)
    _warm.append(Zygote(pid, line))


def take() -> Zygote:
    """Return the one that was forked before, or a new one."""
    return _warm.pop() if _warm else _anew()


def _anew() -> Zygote:
    line, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with end:
        path = [entry or os.getcwd() for entry in sys.path]
        source = SOURCE.format(path=path, end=end.fileno())
        process = subprocess.Popen([sys.executable, "-c", source], pass_fds=(end.fileno(),), stdin=subprocess.DEVNULL)
    process.returncode = 0  # it is waited for by `Zygote.wait`
    line.setblocking(False)
    return Zygote(process.pid, line)
