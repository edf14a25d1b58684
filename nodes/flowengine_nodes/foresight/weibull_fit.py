"""Lives of parts as a Weibull distribution: maximum likelihood with parts that still run, and how sure it is.

Meeker, Escobar, Statistical Methods for Reliability Data (1998), sections 8.2 and 8.4. F(t) = 1 − exp(−(t/η)^β).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Weibull(NamedTuple):
    """A fitted distribution, with the covariance of its parameters' logarithms."""

    shape: float
    """β: below 1 early failures, 1 chance, above 1 wear."""
    scale: float
    """η: the age at which 63 % have failed."""
    var_shape: float
    """Variance of log β."""
    var_scale: float
    """Variance of log η."""
    covariance: float
    """Of log β and log η."""

    def failed(self, age: float) -> float:
        """Return the share that has failed at an age."""
        return -math.expm1(-self._hazard(age))

    def quantile(self, share: float) -> float:
        """Return the age at which a share has failed."""
        return float(self.scale * (-math.log1p(-share)) ** (1 / self.shape))

    def quantile_bounds(self, share: float, z: float) -> tuple[float, float]:
        """Return bounds of that age, z standard deviations of its logarithm away (delta method)."""
        w = math.log(-math.log1p(-share)) / self.shape  # log t = log η + w; dw / d log β = −w
        deviation = math.sqrt(max(0.0, self.var_scale + w * w * self.var_shape - 2 * w * self.covariance))
        age = self.quantile(share)
        return age * math.exp(-z * deviation), age * math.exp(z * deviation)

    def fails_within(self, age: float, ahead: float) -> float:
        """Return the probability that a part that has reached an age fails within a time."""
        now = self._hazard(age)
        return -math.expm1(now - self._hazard(age + ahead)) if now < math.inf else 1.0

    def _hazard(self, age: float) -> float:
        """Return the cumulated hazard at an age."""
        try:
            return float((age / self.scale) ** self.shape)
        except OverflowError:
            return math.inf


def fit(failed: Sequence[float], running: Sequence[float]) -> Weibull:
    """Return the distribution that makes these lives the most likely.

    Args:
        failed: ages at failure, more than 0, two different ones at least.
        running: ages of parts that have not failed.

    Raises:
        ValueError: there are too few failures, or all at the same age.
    """
    if len(failed) < 2 or min(failed) == max(failed):
        raise ValueError("a life distribution needs two failures at different ages, at least")
    longest = max([*failed, *running])
    dead = [math.log(t / longest) for t in failed]
    every = [*dead, *[math.log(t / longest) for t in running if t > 0]]
    mean = math.fsum(dead) / len(dead)

    def score(shape: float) -> float:
        weights = [math.exp(shape * v) for v in every]
        total = math.fsum(weights)
        return math.fsum([w * v for w, v in zip(weights, every, strict=True)]) / total - 1 / shape - mean

    low, high = 1e-3, 1.0
    while score(high) < 0:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) < 0 else (low, middle)
    shape = (low + high) / 2
    weights = [math.exp(shape * v) for v in every]
    log_scale = math.log(math.fsum(weights) / len(dead)) / shape
    # Observed information of (log β, log η), with x = log t and z = β (x − log η).
    z = [shape * (v - log_scale) for v in every]
    e = [math.exp(v) for v in z]
    n = len(dead)
    z_dead = math.fsum([shape * (v - log_scale) for v in dead])
    bb = math.fsum([a * b * (1 + b) for a, b in zip(e, z, strict=True)]) - z_dead
    ss = shape * shape * math.fsum(e)
    bs = -shape * (math.fsum([a * (1 + b) for a, b in zip(e, z, strict=True)]) - n)
    determinant = bb * ss - bs * bs
    return Weibull(shape, longest * math.exp(log_scale), ss / determinant, bb / determinant, -bs / determinant)
