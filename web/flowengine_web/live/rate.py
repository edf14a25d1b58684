"""How many a second, from a counter that is looked at now and then."""

from __future__ import annotations

import math
from typing import Final

SMOOTH: Final = 1.0
"""Seconds over which a rate is averaged (an exponentially weighted mean)."""

LEAST: Final = 0.005
"""Messages a second below which a rate is 0."""


class Rate:
    """The rate of one counter."""

    __slots__ = ("_at", "_count", "value")

    def __init__(self, count: int, at: float) -> None:
        self._count = count
        self._at = at
        self.value = 0.0

    def update(self, count: int, at: float) -> float:
        """Look at the counter again; returns messages a second, to three digits."""
        passed = at - self._at
        if passed <= 0:
            return self.shown
        if count < self._count:  # it has begun anew
            self._count = 0
        now = (count - self._count) / passed
        self.value += (now - self.value) * -math.expm1(-passed / SMOOTH)
        if self.value < LEAST:
            self.value = 0.0
        self._count, self._at = count, at
        return self.shown

    @property
    def shown(self) -> float:
        """The rate, rounded so that noise makes no news."""
        return float(f"{self.value:.3g}")
