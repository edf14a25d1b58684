"""When something is due, and since when it lasts, in a form that survives a restart.

While a flow runs the monotonic clock counts, which nobody sets; over a restart the wall clock, as no other goes on.
"""

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


def lasting(clock: Clock, begun: float) -> Due:
    """Return how long something has lasted, since a moment of the monotonic clock, as it is kept: time now, seconds."""
    return [clock.now(), clock.monotonic() - begun]


def begun(clock: Clock, lasts: Sequence[float]) -> float:
    """Return the moment of the monotonic clock since which what was kept lasts, the restart included.

    Never longer ago than when it was kept if the clock was set back meanwhile.
    """
    wall, seconds = lasts
    return clock.monotonic() - seconds - max(0.0, clock.now() - wall)
