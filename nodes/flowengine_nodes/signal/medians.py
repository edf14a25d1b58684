"""Medians: of values in order, and of the last five readings, which is the one that is asked for most."""

from __future__ import annotations

import math
from collections.abc import Generator
from inspect import getgeneratorlocals
from typing import Any

FIVE = 5

Steps = Generator[float, float, None]
"""Is sent a reading and gives the median. What a generator remembers is faster than the variables of a closure."""


def median(ordered: list[float]) -> float:
    """Return the middle of ordered values, or the mean of the two in the middle."""
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    low, high = ordered[half - 1], ordered[half]
    mean = (low + high) / 2
    return mean if math.isfinite(mean) else low / 2 + high / 2


def medians_of_five(readings: list[float]) -> Steps:
    """Go on from the last readings, the oldest first.

    The median of five is any one of them, kept between the middle two of the other four. One window is `alone a b c d`
    and the next one `a b c d e`: the other four are the same, so their middle two are looked for only every second
    time. They are the higher one of what is lower in a pair, and the lower one of what is higher in a pair.
    """
    while len(readings) < FIVE:
        readings.append((yield median(sorted(readings))))
    alone: Any
    e: Any
    a, b, c, d, e = readings
    middle = sorted(readings)[2]
    while True:
        value = yield middle
        alone = b
        a = c
        b = d
        c = e
        d = value
        e = None
        if a < b:
            low, high = a, b
        else:
            low, high = b, a
        if c < d:
            if c > low:
                low = c
            if d < high:
                high = d
        else:
            if d > low:
                low = d
            if c < high:
                high = c
        if low > high:
            low, high = high, low
        e = yield low if alone < low else high if alone > high else alone
        alone = None
        middle = low if e < low else high if e > high else e


def window(steps: Steps) -> list[float]:
    """Return the last readings of `medians_of_five`, the oldest first."""
    kept: dict[str, Any] = getgeneratorlocals(steps)
    last = [kept.get(name) for name in ("alone", "a", "b", "c", "d", "e")]
    return [reading for reading in last if reading is not None] or list(kept["readings"])
