"""The transform `signal/median`."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import only_with
from flowengine_nodes.signal.medians import FIVE, median, medians_of_five, window
from flowengine_nodes.signal.readings import Filter, Lane, Step

NORMAL = 1.4826022185056018
"""Standard deviation of normal values for a median absolute deviation of 1: 1 / Φ⁻¹(3/4)."""

FEW = 50
"""Readings among which one is found sooner by looking at them in turn than by bisection."""


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

    timed = False

    def __post_init__(self) -> None:
        self.doubtful_readings = self.count - 1

    def begin(self, value: float, time: float) -> tuple[list[Any], float]:
        """Begin with the first reading."""
        return [[value], [value], 0], value

    def lane(self, memory: list[Any]) -> Lane:
        """Go on with the last readings."""
        values, ordered, at = memory
        last = deque(values[at:] + values[:at], self.count)  # the oldest first
        if self.count == FIVE and self.replace == "all":
            steps = medians_of_five(list(last))
            next(steps)
            return Lane(steps.send, lambda: [kept := window(steps), sorted(kept), 0])
        if len(ordered) > self.count:  # a deploy has made the window shorter
            ordered = sorted(last)
        middle_of = self._middle(last, ordered)
        return Lane(
            middle_of if self.replace == "all" else self._outliers(middle_of, ordered),
            lambda: [list(last), ordered, 0],
        )

    def _middle(self, last: deque[float], ordered: list[float]) -> Callable[[float], float]:
        count, half, odd = self.count, self.count // 2, self.count % 2 == 1
        push, remove = last.append, ordered.remove if count <= FEW else partial(_remove, ordered)
        full = len(ordered) == count

        def step(value: float) -> float:
            nonlocal full
            if full:
                remove(last[0])
                push(value)
                insort(ordered, value)
                return ordered[half] if odd else median(ordered)
            push(value)
            insort(ordered, value)
            full = len(ordered) == count
            return median(ordered)

        return step

    def _outliers(self, middle_of: Callable[[float], float], ordered: list[float]) -> Step:
        threshold = self.threshold

        def step(value: float) -> float:
            middle = middle_of(value)
            spread = NORMAL * median(sorted([abs(x - middle) for x in ordered]))
            return middle if abs(value - middle) > threshold * spread else value

        return step


def _remove(ordered: list[float], value: float) -> None:
    del ordered[bisect_left(ordered, value)]
