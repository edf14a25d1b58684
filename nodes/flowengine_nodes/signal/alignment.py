"""What a signal was at a moment, from its readings around that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Literal

Method = Literal["last", "linear", "nearest"]

Reading = list[Any]
"""Time, value and quality of a reading; the value of a bad one is None."""

NOTHING: tuple[None, Literal["bad"]] = (None, "bad")


def at(time: float, readings: Sequence[Reading], method: Method, oldest: float) -> tuple[Any, str]:
    """Return what a signal was at a time, and how far to trust that; None and bad: it is not known.

    Args:
        time: the moment.
        readings: in order of time.
        method: the last reading at or before the moment, the nearest, or the straight line through both.
        oldest: seconds by which the reading may lie away from the moment; for a line: both readings.
    """
    after = bisect_right(readings, time, key=lambda reading: reading[0])
    before = readings[after - 1] if after else None
    following = readings[after] if after < len(readings) else None
    if before is not None and time - before[0] > oldest:
        before = None
    if following is not None and following[0] - time > oldest:
        following = None
    if before is not None and (method == "last" or before[0] == time):
        return before[1], before[2]
    if method == "last" or (before is None and (following is None or method == "linear")):
        return NOTHING
    if method == "nearest":
        chosen = min((r for r in (before, following) if r is not None), key=lambda r: abs(r[0] - time))
        return chosen[1], chosen[2]
    assert before is not None
    if following is None:  # nothing newer: it is held, and that is said
        return before[1], "bad" if before[2] == "bad" else "uncertain"
    if "bad" in (before[2], following[2]):
        return NOTHING
    share = (time - before[0]) / (following[0] - before[0])
    doubtful = "uncertain" in (before[2], following[2])
    return before[1] + share * (following[1] - before[1]), "uncertain" if doubtful else "good"
