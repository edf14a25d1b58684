"""What the metrics are made of: everything that is counted anyway, gathered when somebody asks."""

from __future__ import annotations

import msgspec

from flowengine.telemetry.look import FlowLook, ProcessLook


class WebFigures(msgspec.Struct, frozen=True):
    """What the server has counted since its start."""

    requests: dict[tuple[str, str], int] = {}
    """By the route's path as it is declared, and class of status (`2xx`)."""
    streams: int = 0
    """Open live streams."""
    lost: int = 0
    """Turns of the live stream that browsers were too slow for."""


class Figures(msgspec.Struct, frozen=True):
    """An engine at one moment; times are seconds."""

    version: str
    at: float
    """Since 1970-01-01 UTC, as `started`."""
    started: float
    lag: float
    """How late the engine's loop ran at worst in the last 10 s."""
    looks: tuple[FlowLook, ...]
    """All flows that run."""
    wanted: dict[str, str]
    """Flows that should run -> why they do not; empty: they do."""
    dead_letters: int
    dead_letters_dropped: int
    debug_dropped: int
    memory: int
    """Bytes resident, of all processes of the engine."""
    faults: int
    """Nodes and flows that are in trouble now."""
    stores: tuple[str, ...] = ()
    """Why something cannot be stored; empty: all can."""
    web: WebFigures = WebFigures()
    processes: tuple[ProcessLook, ...] = ()
    """Workers and the field process."""
