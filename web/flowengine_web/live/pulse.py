"""The engine as a whole: messages a second, losses, memory, and how late its loop runs."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowengine.runtime.flows import Counts
from flowengine_web import shapes
from flowengine_web.live.rate import Rate

if TYPE_CHECKING:
    from flowengine.runtime.flows import Flows

LAGS: Final = 20
"""Turns over which the loop's worst lag is shown (2 s)."""

_STATM: Final = Path("/proc/self/statm")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Pulse:
    """Adds up the figures of all flows, one flow in each turn, so that many flows never make one long turn."""

    def __init__(self, engine: Flows) -> None:
        self._engine = engine
        self._lags: deque[float] = deque([0.0], maxlen=LAGS)
        self._todo: Iterator[str] = iter(list(engine.flows))
        self._counts: dict[str, Counts] = {}
        self._received = self._dropped = self._failed = 0
        self._rate: Rate | None = None

    def lagged(self, seconds: float) -> None:
        """Note by how much a turn came late."""
        self._lags.append(max(0.0, seconds))

    def turn(self, now: float) -> None:
        """Look at one more flow; after the last of them the sums are complete."""
        name = next(self._todo, None)
        if name is None:  # the end of a round
            if self._rate is None:
                self._rate = Rate(self._received, now)
            self._rate.update(self._received, now)
            self._todo = iter(list(self._engine.flows))
            self._counts = {name: counts for name, counts in self._counts.items() if name in self._engine.flows}
            return
        flow = self._engine.flows.get(name)
        if flow is None:
            return
        new = flow.counts()
        old = self._counts.get(name, Counts(0, 0, 0))
        self._counts[name] = new
        self._received += max(0, new.received - old.received)  # a deploy may begin a count anew
        self._dropped += max(0, new.dropped - old.dropped)
        self._failed += max(0, new.failed - old.failed)

    def whole_round(self, now: float) -> None:
        """Look at all flows at once: for who asks without a stream."""
        for _ in range(len(self._engine.flows) + 1):
            self.turn(now)

    def shown(self, streams: int) -> shapes.EngineLive:
        """Return what there is to say."""
        return shapes.EngineLive(
            rate=self._rate.shown if self._rate is not None else 0.0,
            dropped=self._dropped,
            failed=self._failed,
            dead_letters=len(self._engine.dead_letters),
            running=len(self._engine.flows),
            lag=round(max(*self._lags, self._engine.lag) * 1000, 2),
            memory=resident() + self._engine.memory,
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
