"""How long messages take from their source to where they are finished with, in fixed buckets."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import msgspec

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper ends of the buckets in seconds; what takes longer goes into one more."""


class LatencyLook(msgspec.Struct, frozen=True, gc=False):
    """What has been timed so far."""

    buckets: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    """Messages in each bucket."""
    seconds: float = 0.0
    """The sum of all times."""

    @property
    def count(self) -> int:
        """How many messages were timed."""
        return sum(self.buckets)

    def since(self, before: LatencyLook) -> LatencyLook:
        """Return what was timed after an earlier look; all of it, if counting has begun anew in between."""
        buckets = tuple(new - old for new, old in zip(self.buckets, before.buckets, strict=True))
        return self if min(buckets) < 0 else LatencyLook(buckets, self.seconds - before.seconds)

    def quantile(self, share: float) -> float | None:
        """Return the time within which this share of the messages was finished, or None if none was timed.

        It lies on the straight line through its bucket, as histogram_quantile of Prometheus has it; beyond the last
        bound it is that bound.
        """
        wanted, below, lower = share * self.count, 0, 0.0
        if not self.count:
            return None
        for number, upper in zip(self.buckets, BOUNDS, strict=False):
            if number and below + number >= wanted:
                return lower + (upper - lower) * (wanted - below) / number
            below, lower = below + number, upper
        return BOUNDS[-1]


class Latency:
    """The times of one flow."""

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def add(self, seconds: float, messages: int = 1) -> None:
        """Count messages that were finished after so long."""
        self._buckets[bisect_left(BOUNDS, seconds)] += messages
        self._seconds += seconds * messages

    def look(self) -> LatencyLook:
        """Return what has been timed so far."""
        return LatencyLook(tuple(self._buckets), self._seconds)
