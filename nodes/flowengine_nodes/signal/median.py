"""The transform `signal/median`."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import only_with
from flowengine_nodes.signal.readings import Filter, Step

NORMAL = 1.4826022185056018
"""Standard deviation of normal values for a median absolute deviation of 1: 1 / Φ⁻¹(3/4)."""


class Median(Filter, type="signal/median"):
    """Take spikes out of a signal: the median of the last readings, or readings with outliers replaced (Hampel).

    The median of `count` readings ignores spikes of fewer than half of them, and keeps steps sharp. Until so many have
    come it is the median of those there are. With `replace` outliers, readings pass as they are, and only one that is
    further from the median than `threshold` standard deviations, estimated as 1.4826 times the median absolute
    deviation, is replaced by the median (Hampel's identifier).

    A bad reading does not count and leaves empty, with quality bad. An uncertain one counts, and results are uncertain
    as long as it is among the last `count`. Each topic is a signal of its own.

    Example: count 5: 1, 1, 90, 1, 2 become 1, 1, 1, 1, 1.
    """

    count: Annotated[int, Meta(description="Readings to take the median of; odd is best", ge=1, le=10_000)] = 5
    replace: Annotated[
        Literal["all", "outliers"], Meta(description="Send the median always, or only in place of an outlier")
    ] = "all"
    threshold: Annotated[
        float,
        Meta(description="Standard deviations from the median that make an outlier", ge=0),
        only_with(replace="outliers"),
    ] = 3.0

    def __post_init__(self) -> None:
        self.doubtful_readings = self.count - 1
        # Made once, with the options at hand: it is called for every reading.
        self.step = self._all() if self.replace == "all" else self._outliers()  # type: ignore[method-assign, assignment]

    def begin(self, value: float, time: float) -> tuple[list[Any], float]:
        """Begin with the first reading."""
        return [[value], [value], 0], value

    def _all(self) -> Step:
        count = self.count
        middle = count // 2 if count % 2 else None

        def step(memory: list[Any], value: float, time: float) -> float:
            values: list[float]
            ordered: list[float]
            values, ordered, at = memory
            if len(values) == count:
                del ordered[bisect_left(ordered, values[at])]
                insort(ordered, value)
                values[at] = value
                memory[2] = at + 1 if at + 1 < count else 0
                if middle is not None:
                    return ordered[middle]
            else:
                values.append(value)
                insort(ordered, value)
            return median(ordered)

        return step

    def _outliers(self) -> Step:
        middle_of = self._all()

        def step(memory: list[Any], value: float, time: float) -> float:
            middle = middle_of(memory, value, time)
            spread = NORMAL * median(sorted([abs(x - middle) for x in memory[1]]))
            return middle if abs(value - middle) > self.threshold * spread else value

        return step


def median(ordered: list[float]) -> float:
    """Return the middle of ordered values, or the mean of the two in the middle."""
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    low, high = ordered[half - 1], ordered[half]
    mean = (low + high) / 2
    return mean if math.isfinite(mean) else low / 2 + high / 2
