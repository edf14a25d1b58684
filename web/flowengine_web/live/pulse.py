"""The engine as a whole: messages a second, losses, memory, and how late its loop runs."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowengine_web import shapes
from flowengine_web.live.rate import Rate

if TYPE_CHECKING:
    from flowengine.runtime.engine import Engine

LAGS: Final = 20
"""Turns over which the loop's worst lag is shown (2 s)."""

_STATM: Final = Path("/proc/self/statm")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Pulse:
    """Feels the engine, one flow in each turn, so that many flows never make one long turn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lags: deque[float] = deque([0.0], maxlen=LAGS)
        self._todo: Iterator[str] = iter(list(engine.flows))
        self._sums = [0, 0, 0]
        self._total = (0, 0, 0)
        self._rate: Rate | None = None

    def lagged(self, seconds: float) -> None:
        """Note by how much a turn came late."""
        self._lags.append(max(0.0, seconds))

    def turn(self, now: float) -> None:
        """Look at one more flow; after the last of them the sums are complete."""
        name = next(self._todo, None)
        if name is None:  # the end of a round
            self._total = (self._sums[0], self._sums[1], self._sums[2])
            if self._rate is None:
                self._rate = Rate(self._total[0], now)
            self._rate.update(self._total[0], now)
            self._sums = [0, 0, 0]
            self._todo = iter(list(self._engine.flows))
            return
        flow = self._engine.flows.get(name)
        if flow is None:
            return
        for node in flow.snapshot().values():
            self._sums[0] += node["received"]
            self._sums[1] += node["dropped"]
            self._sums[2] += node["failed"]

    def whole_round(self, now: float) -> None:
        """Look at all flows at once: for who asks without a stream."""
        for _ in range(len(self._engine.flows) + 1):
            self.turn(now)

    def shown(self, streams: int) -> shapes.EngineLive:
        """Return what there is to say."""
        return shapes.EngineLive(
            rate=self._rate.shown if self._rate is not None else 0.0,
            dropped=self._total[1],
            failed=self._total[2],
            dead_letters=len(self._engine.dead_letters),
            running=len(self._engine.flows),
            lag=round(max(self._lags) * 1000, 2),
            memory=resident(),
            streams=streams,
        )


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
