"""The constants of control charts for normal values: c4, d2 and d3 by subgroup size.

Their definitions: c4 = E[s]/σ, d2 = E[R]/σ, d3 = √Var[R]/σ for samples of n normal values (Montgomery, Introduction to
Statistical Quality Control, 8th edition, sections 6.2 and 6.3, appendix VI). Computed, not tabulated.
"""

from __future__ import annotations

import math
from functools import cache

_REACH = 8.0
"""Standard deviations beyond which nothing is left of a normal distribution, for sums as exact as these."""


@cache
def c4(n: int) -> float:
    """Return the mean of the standard deviation of n values, in σ."""
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


@cache
def d2(n: int) -> float:
    """Return the mean range of n values, in σ: ∫ 1 − Φⁿ − (1 − Φ)ⁿ dx (Tippett 1925)."""
    steps = 2000
    width = 2 * _REACH / steps
    total = []
    for i in range(steps + 1):
        below = _phi(-_REACH + i * width)
        total.append(_simpson(i, steps) * (1 - below**n - (1 - below) ** n))
    return math.fsum(total) * width / 3


@cache
def d3(n: int) -> float:
    """Return the standard deviation of the range of n values, in σ, from E[R²] as a double integral (Tippett 1925)."""
    steps = 240
    width = 2 * _REACH / steps
    below = [_phi(-_REACH + i * width) for i in range(steps + 1)]
    rows = []
    for j in range(steps + 1):
        # x from −∞ up to y: trapezoids, with Euler and Maclaurin's correction by the slope at the end that is not flat.
        inner = [1 - below[j] ** n - (1 - below[i]) ** n + (below[j] - below[i]) ** n for i in range(j + 1)]
        density = math.exp(-((-_REACH + j * width) ** 2) / 2) / math.sqrt(2 * math.pi)
        slope = n * (1 - below[j]) ** (n - 1) * density
        rows.append(math.fsum(inner) - (inner[0] + inner[-1]) / 2 - width * slope / 12)
    squares = 2 * width * width * (math.fsum(rows) - (rows[0] + rows[-1]) / 2)
    return math.sqrt(squares - d2(n) ** 2)


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _simpson(i: int, steps: int) -> int:
    return 1 if i in (0, steps) else 4 if i % 2 else 2
