"""Autoregressive models of a signal: x(t) = φ₁ x(t − 1) + … + φₚ x(t − p) + noise, for a signal with mean 0.

Both methods give a stable model. Brockwell & Davis, Introduction to Time Series and Forecasting (3rd edition, 2016),
section 5.1: Yule-Walker with the Durbin-Levinson algorithm, and Burg's algorithm, better where readings are few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import fsum, sqrt

Fit = tuple[list[float], float]
"""φ, and the variance of the noise."""


def yule_walker(x: Sequence[float], order: int) -> Fit:
    """Fit by the autocovariances, each divided by the number of readings."""
    n = len(x)
    covariances = [fsum([a * b for a, b in zip(x[lag:], x, strict=False)]) / n for lag in range(order + 1)]
    phi: list[float] = []
    variance = covariances[0]
    for size in range(1, order + 1):
        if variance <= 0.0:
            break  # it is foreseen exactly already
        known = fsum([a * covariances[size - 1 - j] for j, a in enumerate(phi)])
        phi, variance = _longer(phi, variance, (covariances[size] - known) / variance)
    return [*phi, *[0.0] * (order - len(phi))], max(0.0, variance)


def burg(x: Sequence[float], order: int) -> Fit:
    """Fit by the least sum of squares of the errors forwards and backwards."""
    pairs = list(pairwise(x))
    """Backward and forward error."""
    phi: list[float] = []
    variance = fsum([a * a for a in x]) / len(x)
    for _ in range(order):
        power = fsum([b * b + f * f for b, f in pairs])
        if power <= 0.0:
            break  # it is foreseen exactly already
        reflection = 2.0 * fsum([b * f for b, f in pairs]) / power
        phi, left = _longer(phi, power, reflection)
        variance = left / (2 * len(pairs))
        forward = [f - reflection * b for b, f in pairs]
        backward = [b - reflection * f for b, f in pairs]
        pairs = list(zip(backward, forward[1:], strict=False))
    return [*phi, *[0.0] * (order - len(phi))], max(0.0, variance)


def path(phi: Sequence[float], variance: float, newest: Sequence[float], sums: bool) -> Iterator[tuple[float, float]]:
    """Give the forecasts one, two, three … steps ahead, without end, and their standard deviations.

    Args:
        phi: the model.
        variance: of its noise.
        newest: at least as many readings as φ has, the newest last.
        sums: whether what is asked for is the sum of the forecasts up to a step, as for a model of changes.
    """
    past = list(reversed(newest[-len(phi) :]))
    weights = [0.0] * (len(phi) - 1) + [1.0]
    """The last weights that the noise of the first step has in those after it, the newest last."""
    total, grown, squares = 0.0, 1.0, 0.0
    while True:
        value = sum([a * b for a, b in zip(phi, past, strict=True)])
        past = [value, *past[:-1]]
        total += value
        weight = grown if sums else weights[-1]
        squares += weight * weight
        yield (total if sums else value), sqrt(variance * squares)
        weights = [*weights[1:], sum([a * b for a, b in zip(phi, reversed(weights), strict=True)])]
        grown += weights[-1]


def _longer(phi: list[float], variance: float, reflection: float) -> Fit:
    """Return the model with one coefficient more (Durbin-Levinson)."""
    longer = [a - reflection * b for a, b in zip(phi, reversed(phi), strict=True)]
    return [*longer, reflection], variance * (1.0 - reflection * reflection)
