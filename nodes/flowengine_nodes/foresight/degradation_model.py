"""A Wiener process with drift, learned from how a part has worn so far: when it will reach its limit, and how sure.

Whitmore, Estimating degradation by a Wiener diffusion process subject to measurement error, Lifetime Data Analysis 1
(1995) 307; Si, Wang, Hu, Zhou, Remaining useful life estimation, a review, EJOR 213 (2011) 1. The drift is known no
better than the time watched allows, so the probability is taken over all drifts that may be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Final

from flowengine_nodes.foresight.distributions import passage_cdf

_PLACES: Final = 11
_DRIFTS: Final = [NormalDist().inv_cdf((n + 0.5) / _PLACES) for n in range(_PLACES)]
"""Places on the normal distribution, equally likely: over these drifts probabilities are averaged."""


@dataclass(frozen=True)
class Wear:
    """What is known of how a part wears, per unit of time."""

    level: float
    """Where it is now, measurement noise taken out."""
    drift: float
    drift_deviation: float
    """How well the drift is known, as a standard deviation."""
    diffusion: float
    """Standard deviation of what it wears beyond the drift in one unit of time."""
    noise: float
    """Standard deviation of one measurement."""

    def fails_within(self, limit: float, time: float) -> float:
        """Return the probability that the limit is reached within a time."""
        distance = limit - self.level
        if distance <= 0:
            return 1.0
        found = [passage_cdf(distance, self.drift + z * self.drift_deviation, self.diffusion, time) for z in _DRIFTS]
        return math.fsum(found) / len(found)

    def time_to(self, limit: float, share: float, longest: float) -> float | None:
        """Return the time by which the limit is reached with a probability; None: not within `longest`."""
        if self.fails_within(limit, longest) < share:
            return None
        low, high = longest * 1e-9, longest
        for _ in range(24):  # by halves of the logarithm: to a millionth
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.fails_within(limit, middle) < share else (low, middle)
        return math.sqrt(low * high)


def learn(values: Sequence[float], step: float) -> Wear:
    """Learn from measurements a step of time apart, ten at least.

    The increments d of a Wiener process that is measured with noise r have variance s²·step + 2·r² and, from one to the
    next, covariance -r²: that tells both apart.
    """
    steps = [after - before for before, after in pairwise(values)]
    n = len(steps)
    mean = math.fsum(steps) / n
    away = [value - mean for value in steps]
    variance = math.fsum([value * value for value in away]) / (n - 1)
    covariance = math.fsum([a * b for a, b in pairwise(away)]) / (n - 1)
    noise = min(max(0.0, -covariance), variance / 2)
    rest = max(variance - 2 * noise, variance * 0.02, 1e-18)  # of which nothing is ever quite free
    level, first, spread = _levels(values, mean, rest, noise)
    time = n * step
    drift = (level - first) / time
    deviation = math.sqrt(rest * n + 2 * spread) / time
    return Wear(level, drift, deviation, math.sqrt(rest / step), math.sqrt(noise))


def _levels(values: Sequence[float], drift: float, rest: float, noise: float) -> tuple[float, float, float]:
    """Return the level at the end and at the beginning, filtered both ways, and the variance of each (Kalman)."""
    if noise == 0:
        return values[-1], values[0], 0.0
    found = []
    for direction, series in ((drift, values), (-drift, list(reversed(values)))):
        level, spread = series[0], noise
        for value in series[1:]:
            spread += rest
            gain = spread / (spread + noise)
            level += direction + gain * (value - level - direction)
            spread *= 1 - gain
        found.append((level, spread))
    return found[0][0], found[1][0], found[0][1]
