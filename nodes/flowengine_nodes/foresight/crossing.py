"""When a forecast reaches a limit."""

from __future__ import annotations

from collections.abc import Iterable


def crossing(
    ahead: Iterable[tuple[float, float]], z: float, limit: float, above: bool, step: float
) -> dict[str, float | None]:
    """Return `time_to_limit`, seconds until the forecast crosses, and `soonest`, when its interval first does.

    Args:
        ahead: forecasts one, two, three … steps ahead and their standard deviations.
        z: half the width of the interval, in standard deviations.
        limit: the limit.
        above: whether the signal is above it now.
        step: seconds of a step.
    """
    found: dict[str, float | None] = {"time_to_limit": None, "soonest": None}
    for number, (value, deviation) in enumerate(ahead, 1):
        edge = value - z * deviation if above else value + z * deviation
        if found["soonest"] is None and (edge <= limit if above else edge >= limit):
            found["soonest"] = number * step
        if value <= limit if above else value >= limit:
            found["time_to_limit"] = number * step
            break
    return found
