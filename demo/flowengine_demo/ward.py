"""Keep a foreign program only as long as the process that wanted it: `python ward.py PID FOLDER PROGRAM ARGS`.

A broker that outlives a killed demo would hold its port for ever, and cannot watch its parent itself. (Linux' parent
death signal would not do: it fires when the starting thread ends, and a program that changes its user loses it.)
The folder with the program's configuration and data goes with it. Only the standard library, so that it starts at once.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence

_LOOK_EVERY_S = 0.25
_PATIENCE_S = 5.0


def parent_gone(parent: int | None) -> bool:
    """Whether the process with this id is no longer our parent (never, if there was none to watch)."""
    return parent is not None and os.getppid() != parent


def keep(parent: int, command: Sequence[str]) -> int:
    """Run the program until it ends, until SIGTERM or SIGINT, or until the parent is gone; return its exit code."""
    told_to_end = False

    def end(*_: object) -> None:
        nonlocal told_to_end
        told_to_end = True
        if program is not None:
            program.terminate()  # at once, not at the next look

    program: subprocess.Popen[bytes] | None = None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while not told_to_end and not parent_gone(parent):
        try:
            return program.wait(_LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
    program.terminate()
    try:
        return program.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        program.kill()
        return program.wait()


def main() -> int:
    """Keep the program of the command line and remove its folder afterwards."""
    _, parent, folder, *command = sys.argv
    try:
        return keep(int(parent), command)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
