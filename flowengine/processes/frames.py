"""What every process says to its parent, and hears from it."""

from __future__ import annotations

from typing import Any

from flowengine.processes.link import Frame
from flowengine.telemetry.debug import DebugItem


class StopAll(Frame):
    """Drain and stop all flows, then end; a request."""

    drain: float


class Beat(Frame):
    """A sign of life: the loop of the process is not stuck."""

    lag: float
    """Seconds by which it is late."""
    cpu: float
    """Seconds of processor time so far."""


class Debugged(Frame):
    """New items of the debug stream, and how many were left out."""

    items: list[DebugItem]
    dropped: int


class Logged(Frame):
    """A line of the log."""

    name: str
    level: int
    text: str
    extra: dict[str, Any]
    """Flow, node and whatever else was said beside the text; `pattern`: the text before values came into it."""
    cause: str
    """The traceback, if there is one."""


class Connected(Frame):
    """The connections of a worker: name -> type, level and text."""

    connections: dict[str, dict[str, str]]
