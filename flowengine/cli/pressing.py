"""The emergency stop, pressed at the guard itself: also where engine, workers and web server stand still."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final

import msgspec

from flowengine.cli.top.asking import where
from flowengine.field.stop_door import SOCKET, Answered, Pressed

PATIENCE: Final = 3.0
"""Seconds for the guard to answer."""


def press(target: str, state: Path | None, token_file: Path | None, cause: str) -> bool:
    """Stop the machines of a folder of flows; returns whether the guard has done it, else there is the web server."""
    engine = where(target, state, token_file)
    if engine.state is None:
        return False
    file = engine.state / SOCKET
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as way:
            way.settimeout(PATIENCE)
            way.connect(_short(file))
            way.sendall(msgspec.json.encode(Pressed(cause)) + b"\n")
            answer = msgspec.json.decode(way.makefile("rb").readline(4096), type=Answered)
    except (OSError, ValueError):
        return False
    return answer.stopped


def _short(file: Path) -> str:
    """Return a path of a socket that is short enough for the system."""
    near = file.resolve()
    try:
        from_here = str(near.relative_to(Path.cwd()))
    except ValueError:
        return str(near)
    return min(str(near), from_here, key=len)
