"""Recursive least squares with forgetting: parameters of a linear model, learned one equation at a time.

Åström & Wittenmark, Adaptive Control (2nd edition, 1995), section 2.2. The covariance is bounded, so that a long time
without news does not make it burst when some come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

LARGEST = 1e6
"""Greatest variance of a parameter, in units of the noise: nothing is known of it."""


class LeastSquares:
    """Learns θ in y = θ·x."""

    def __init__(self, count: int, forget: float = 0.999, unknown: float = 1e3) -> None:
        """Begin with nothing known.

        Args:
            count: how many parameters.
            forget: weight of the past at each equation, up to 1.
            unknown: variance of each parameter at the beginning, in units of the noise.
        """
        self.forget = forget
        self.theta = [0.0] * count
        self.p = [[unknown if i == j else 0.0 for j in range(count)] for i in range(count)]
        self.noise = 0.0
        """Mean square of the errors before each update, forgotten over time."""
        self.weight = 0.0

    def update(self, x: Sequence[float], y: float) -> float:
        """Learn from one equation; returns the error that the parameters made before."""
        p, theta, indices = self.p, self.theta, range(len(x))
        px = [sum([row[j] * x[j] for j in indices]) for row in p]
        scale = self.forget + sum([x[i] * px[i] for i in indices])
        error = y - sum([theta[i] * x[i] for i in indices])
        # The error weighs as it would without what is not known yet.
        self.weight = self.forget * self.weight + 1.0
        self.noise += (error * error * self.forget / scale - self.noise) / self.weight
        self.theta = [theta[i] + px[i] / scale * error for i in indices]
        grown = 1.0 / self.forget
        for i in indices:
            row = p[i]
            for j in indices:
                row[j] = (row[j] - px[i] * px[j] / scale) * grown
        if any([p[i][i] > LARGEST for i in indices]):
            for i in indices:
                for j in indices:
                    p[i][j] *= self.forget
        return error

    def deviation(self, index: int) -> float:
        """Return the standard deviation of a parameter."""
        return math.sqrt(max(0.0, self.p[index][index] * self.noise))

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {"theta": self.theta, "p": self.p, "noise": self.noise, "weight": self.weight}

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what `kept` returned."""
        vars(self).update(kept)
