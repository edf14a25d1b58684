"""How many a second, from a counter that is looked at now and then."""

from __future__ import annotations

import math
from typing import Final

SMOOTH: Final = 1.0
"""Seconds over which a rate is averaged (an exponentially weighted mean)."""

LATE: Final = 1.5
"""How much longer than before it may take until the next message, before the rate falls."""

LEAST: Final = 0.005
"""Messages a second below which a rate is 0."""


class Rate:
    """The rate of one counter.

    It is taken from count to count, not from look to look: one message a second is 1/s all the time, and not something
    that jumps up and falls again.
    """

    __slots__ = ("_at", "_count", "_value", "shown")

    def __init__(self, count: int, at: float) -> None:
        self._count = count
        self._at = at
        """When it last counted."""
        self._value = 0.0
        self.shown = 0.0
        """The rate to two digits, from 100 on to three."""

    def update(self, count: int, at: float) -> float:
        """Look at the counter again; returns messages a second, rounded so that noise makes no news."""
        if count == self._count and self._value * (at - self._at) <= LATE:
            return self.shown
        passed = at - self._at
        if passed > 0 and count != self._count:
            new = (count - self._count if count > self._count else count) / passed  # a smaller one has begun anew
            if self._value == 0.0:
                self._value = new
            else:
                self._value += (new - self._value) * -math.expm1(-passed / SMOOTH)
            self._count, self._at = count, at
        elif self._value * passed > LATE:
            self._value = 1.0 / passed if 1.0 / passed >= LEAST else 0.0
        self.shown = float(f"{self._value:.3g}" if self._value >= 100 else f"{self._value:.2g}")
        return self.shown
