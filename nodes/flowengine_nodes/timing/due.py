"""When something is due, in a form that survives a restart: by the wall clock, as no other goes on meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from flowengine import Clock

Due = list[float]
"""The wall clock's time when it is due, and how many seconds were left then."""


def kept(clock: Clock, due: float) -> Due:
    """Return a moment of the monotonic clock as it is kept."""
    left = max(0.0, due - clock.monotonic())
    return [clock.now() + left, left]


def left(clock: Clock, due: Sequence[float]) -> float:
    """Return the seconds left until a kept moment; 0: it is over.

    Never more than were left when it was kept: the clock may have been set back.
    """
    wall, most = due
    return min(most, max(0.0, wall - clock.now()))
