"""How late the engine's loop runs: a timer that is due four times a second, and how much later it comes."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from flowengine.clock import Clock

EVERY: Final = 0.25
"""Seconds between two measurements."""
KEPT: Final = 40
"""Measurements over which the worst is told: 10 s."""


class LoopLag:
    """Measures by how much the loop it was made on runs late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: deque[float] = deque([0.0], maxlen=KEPT)
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def worst(self) -> float:
        """Seconds by which the loop was late at worst in the last 10 s."""
        return max(self._lags)

    def start(self) -> None:
        """Begin to measure."""
        self._due = self._clock.monotonic() + EVERY
        self._timer = self._clock.call_later(EVERY, self._came)

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _came(self) -> None:
        self._lags.append(max(0.0, self._clock.monotonic() - self._due))
        self.start()
