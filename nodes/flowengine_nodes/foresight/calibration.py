"""Probabilities that come true as often as they say: a rising curve through what was said and what came of it.

`isotonic` finds the curve from forecasts whose outcome is known, by pooling adjacent violators (Zadrozny & Elkan,
Transforming classifier scores into accurate multiclass probability estimates, KDD 2002). Find it on some lives and
judge it on others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

EDGES = (0.0, 0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98, 1.0)
"""Between which forecasts are taken together."""


class Calibration:
    """The curve; straight between its points, through 0 and 1 at its ends."""

    def __init__(self, points: Sequence[Sequence[float]]) -> None:
        """Take points [said, came]; none: what is said stays.

        Raises:
            ValueError: they do not rise.
        """
        self._points = [(0.0, 0.0), *[(said, came) for said, came in points], (1.0, 1.0)]
        for (said, came), (later, after) in pairwise(self._points):
            if later < said or after < came or (points and later == said and 0.0 < said < 1.0):
                raise ValueError(f"calibration: [{later:g}, {after:g}] after [{said:g}, {came:g}] does not rise")

    def came(self, said: float) -> float:
        """Return how often what is said to be so likely comes."""
        for (low, below), (high, above) in pairwise(self._points):
            if said <= high:
                return below if high == low else below + (above - below) * (said - low) / (high - low)
        return 1.0


def isotonic(told: Iterable[tuple[float, bool]], edges: Sequence[float] = EDGES) -> list[list[float]]:
    """Return the points of a curve that fits forecasts and their outcomes, rounded to three places."""
    known = sorted(told)
    pools: list[list[float]] = []  # sum of what was said, sum of what came, count
    for low, high in pairwise(edges):
        inside = [(said, came) for said, came in known if low <= said and (said < high or high == edges[-1])]
        if inside:
            pools.append([sum(said for said, _ in inside), sum(came for _, came in inside), len(inside)])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] > pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    return [[round(said / count, 3), round(came / count, 3)] for said, came, count in pools]
