"""Figures over readings: one at a time, without keeping them where that is possible.

Mean and variance by Welford (1962) and, where two sets are put together, Chan, Golub and LeVeque (1979): no large
squares are subtracted, so that a small spread around a large mean keeps its digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Moments(NamedTuple):
    """Number, sum, mean, sum of squared distances from the mean, least and greatest of some values."""

    n: int
    total: float
    mean: float
    squares: float
    low: float
    high: float


NONE = Moments(0, 0.0, 0.0, 0.0, math.inf, -math.inf)
"""The figures of no values."""


def with_value(m: Moments, value: float) -> Moments:
    """Return the figures with one value more (Welford)."""
    count = m.n + 1
    delta = value - m.mean
    mean = m.mean + delta / count
    low, high = m.low, m.high
    return Moments(
        count,
        m.total + value,
        mean,
        m.squares + delta * (value - mean),
        value if value < low else low,
        value if value > high else high,
    )


def together(a: Moments, b: Moments) -> Moments:
    """Return the figures of two sets put together (Chan, Golub and LeVeque)."""
    if not a.n:
        return b
    if not b.n:
        return a
    count = a.n + b.n
    delta = b.mean - a.mean
    return Moments(
        count,
        a.total + b.total,
        a.mean + delta * (b.n / count),
        a.squares + b.squares + delta * delta * (a.n * b.n / count),
        min(a.low, b.low),
        max(a.high, b.high),
    )


def moments_of(values: Iterable[float]) -> Moments:
    """Return the figures of some values."""
    found = NONE
    for value in values:
        found = with_value(found, value)
    return found


def deviation(m: Moments, sample: bool) -> float | None:
    """Return the standard deviation, of a sample (n - 1) or a population (n); None: too few values."""
    divisor = m.n - 1 if sample else m.n
    return math.sqrt(m.squares / divisor) if divisor > 0 else None


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """Return a percentile of values in ascending order, interpolated linearly (Hyndman and Fan's type 7)."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    if below == place:
        return ordered[below]
    share, low, high = place - below, ordered[below], ordered[below + 1]
    between = low * (1 - share) + high * share
    return min(max(between, low), high)  # halves of the smallest numbers are rounded to 0


class Sliding:
    """Figures of a queue of values, in constant time per value on average and without ever subtracting one.

    Two stacks (the queue of two stacks): `_back` grows with one running figure; when values leave, `_front` holds for
    each value the figures of it and of all that came after it in the front.
    """

    def __init__(self) -> None:
        self._front: list[Moments] = []
        self._back: list[float] = []
        self._back_moments = NONE

    def __len__(self) -> int:
        return len(self._front) + len(self._back)

    def add(self, value: float) -> None:
        """Append a value."""
        self._back.append(value)
        self._back_moments = with_value(self._back_moments, value)

    def drop(self) -> None:
        """Forget the oldest value."""
        if not self._front:
            figures = NONE
            for value in reversed(self._back):
                figures = with_value(figures, value)
                self._front.append(figures)
            self._back.clear()
            self._back_moments = NONE
        self._front.pop()

    def moments(self) -> Moments:
        """Return the figures of all values in the queue."""
        return together(self._front[-1] if self._front else NONE, self._back_moments)
