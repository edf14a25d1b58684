"""A Wiener process with drift, learned from how a part has worn so far: when it will reach its limit, and how sure.

Whitmore, Estimating degradation by a Wiener diffusion process subject to measurement error, Lifetime Data Analysis 1
(1995) 307; Si, Wang, Hu, Zhou, Remaining useful life estimation, a review, EJOR 213 (2011) 1.

A few dozen noisy measurements do not tell whether a part wears evenly and is measured badly or the other way round. So
no ratio of the two is chosen: each of `RATIOS` is believed as far as the measurements speak for it, and probabilities
are averaged over all (Bayesian model averaging: Hoeting et al., Statistical Science 14 (1999) 382).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Final

from flowengine_nodes.foresight.distributions import passage_cdf

RATIOS: Final = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
"""Variance of a step's uneven wear as a share of that of one measurement; all are equally likely at first."""
_UNLIKELY: Final = 0.01
"""What is believed less than this, as a share of the likeliest, is left out."""
_PLACES: Final = 7
_NORMAL: Final = [NormalDist().inv_cdf((n + 0.5) / _PLACES) for n in range(_PLACES)]
_LIKELY: Final = [(_NORMAL[n], _NORMAL[(3 * n + 3) % _PLACES]) for n in range(_PLACES)]
"""Drift and level, in standard deviations: places equally likely, each row and column of a grid taken once."""
_SOONEST: Final = 1e-9
"""The shortest time that is told, as a share of the longest."""
_EXACT: Final = 1e-3
"""How exact times are: as a share of them, or in standard deviations of what is known."""


@dataclass(frozen=True)
class Wear:
    """How a part may wear, per unit of time."""

    level: float
    """Where it is now, measurement noise taken out."""
    drift: float
    drift_deviation: float
    """How well the drift is known, as a standard deviation."""
    diffusion: float
    """Standard deviation of what it wears beyond the drift in one unit of time, more than 0."""
    noise: float
    """Standard deviation of one measurement."""
    level_deviation: float = 0.0
    """How well the level would be known if the drift were."""
    level_by_drift: float = 0.0
    """How much higher the level is where the drift is higher by 1."""

    def fails_within(self, limit: float, time: float) -> float:
        """Return the probability that the limit is reached within a time."""
        found = 0.0
        for faster, higher in _LIKELY:
            more = faster * self.drift_deviation
            distance = limit - self.level - more * self.level_by_drift - higher * self.level_deviation
            found += passage_cdf(distance, self.drift + more, self.diffusion, time) if distance > 0 else 1.0
        return found / _PLACES


@dataclass(frozen=True)
class Belief:
    """How a part may wear, and with which probability each."""

    parts: Sequence[tuple[float, Wear]]

    def fails_within(self, limit: float, time: float) -> float:
        """Return the probability that the limit is reached within a time."""
        return math.fsum([share * wear.fails_within(limit, time) for share, wear in self.parts])

    def times_to(self, limit: float, shares: Sequence[float], longest: float) -> list[float | None]:
        """Return the times by which the limit is reached with rising probabilities; None: not within `longest`."""
        earliest, found = longest * _SOONEST, list[float | None]()
        for share in shares:
            time = self._time_to(limit, share, earliest, longest)
            earliest = time or earliest
            found.append(time)
        return found

    def _time_to(self, limit: float, share: float, earliest: float, longest: float) -> float | None:
        """Return one of these times.

        Over the logarithm of time the normal quantile of the probability is nearly a line: regula falsi after the
        Illinois rule (Dowell, Jarratt, BIT 11 (1971) 168) finds it within a few steps.
        """

        def beyond(at: float) -> float:
            return _quantile(self.fails_within(limit, math.exp(at))) - _quantile(share)

        low, high = math.log(earliest), math.log(longest)
        below, above = beyond(low), beyond(high)
        if above < 0 or below >= 0:
            return None if above < 0 else earliest
        moved = 0
        while high - low > _EXACT:
            at = high - above * (high - low) / (above - below)
            found = beyond(at)
            if abs(found) < _EXACT:
                return math.exp(at)
            if found > 0:
                high, above, below = at, found, below / 2 if moved > 0 else below
            else:
                low, below, above = at, found, above / 2 if moved < 0 else above
            moved = 1 if found > 0 else -1
        return math.exp(high)

    @property
    def level(self) -> float:
        """The mean of where it is now."""
        return math.fsum([share * wear.level for share, wear in self.parts])

    @property
    def drift(self) -> float:
        """The mean drift."""
        return math.fsum([share * wear.drift for share, wear in self.parts])

    @property
    def noise(self) -> float:
        """Standard deviation of one measurement, from the mean variance."""
        return math.sqrt(math.fsum([share * wear.noise**2 for share, wear in self.parts]))


def learn(values: Sequence[float], step: float) -> Belief:
    """Learn from measurements a step of time apart, ten at least."""
    steps = [after - before for before, after in pairwise(values)]
    found = [_with(ratio, steps, values[-1], step) for ratio in RATIOS]
    best = max(likelihood for likelihood, _ in found)
    believed = [(math.exp(likelihood - best), wear) for likelihood, wear in found]
    kept = [(weight, wear) for weight, wear in believed if weight > _UNLIKELY]
    total = math.fsum([weight for weight, _ in kept])
    return Belief([(weight / total, wear) for weight, wear in kept])


def _with(ratio: float, steps: Sequence[float], last: float, step: float) -> tuple[float, Wear]:
    """Return how a part wears if the unevenness is this share of the noise, and the log likelihood of that.

    In units of the variance of a measurement the steps have variance ratio + 2 and, from one to the next, covariance
    -1. Their covariance matrix is taken apart as L·D·Lᵀ from the first step to the last (Golub, Van Loan, Matrix
    Computations, 4th edition, 2013, section 4.3.6), which gives the drift by generalized least squares and, with every
    level, drift and scale equally likely at first, the likelihood.
    """
    pivot, one, seen = math.inf, 0.0, 0.0
    determinant = ones = mixed = squares = 0.0
    for value in steps:
        one, seen = 1 + one / pivot, value + seen / pivot
        pivot = ratio + 2 - 1 / pivot
        determinant += math.log(pivot)
        ones += one * one / pivot
        mixed += one * seen / pivot
        squares += seen * seen / pivot
    drift = mixed / ones
    free = len(steps) - 1
    rest = max(squares - drift * mixed, squares * 1e-20, 1e-30)  # nothing is ever quite even
    variance = rest / free
    wear = Wear(
        level=last - (seen - drift * one) / pivot,
        drift=drift / step,
        drift_deviation=math.sqrt(variance / ones) / step,
        diffusion=math.sqrt(max(ratio, 1e-9) * variance / step),
        noise=math.sqrt(variance),
        level_deviation=math.sqrt(variance * (1 - 1 / pivot)),
        level_by_drift=one / pivot * step,
    )
    return -(determinant + math.log(ones) + free * math.log(rest)) / 2, wear


def _quantile(share: float) -> float:
    """Return the normal quantile of a share, within eight standard deviations."""
    return NormalDist().inv_cdf(min(max(share, 1e-15), 1 - 1e-15))
