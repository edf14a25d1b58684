"""Distributions that the standard library lacks: beta and F by the incomplete beta function, first passage times.

The continued fraction of the incomplete beta function after Press, Teukolsky, Vetterling, Flannery, Numerical Recipes
(3rd edition, 2007), section 6.4, by Lentz' method; checked against scipy in the tests.
"""

from __future__ import annotations

import math
from typing import Final

_TINY: Final = 1e-300


def beta_cdf(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function of x, 0 to 1."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1 - x) / b


def f_quantile(share: float, over: float, under: float) -> float:
    """Return the value below which a share of an F distribution lies, with so many degrees of freedom."""
    low, high = 0.0, 1.0
    for _ in range(200):  # of u = over * F / (over * F + under), which is beta distributed
        middle = (low + high) / 2
        low, high = (middle, high) if beta_cdf(over / 2, under / 2, middle) < share else (low, middle)
    u = (low + high) / 2
    return under * u / (over * (1 - u))


def passage_cdf(distance: float, drift: float, diffusion: float, time: float) -> float:
    """Return the probability that a Wiener process has gone a distance by a time: an inverse Gaussian.

    Args:
        distance: how far away the limit is, more than 0.
        drift: mean advance per unit of time.
        diffusion: standard deviation of the advance in one unit of time, more than 0.
        time: 0 or more.

    Source: Chhikara, Folks, The Inverse Gaussian Distribution (1989), chapter 1.
    """
    if time <= 0:
        return 0.0
    wide = diffusion * math.sqrt(time)
    near, tail = (drift * time - distance) / wide, (-drift * time - distance) / wide
    reached = _below(near)
    if tail > -20:
        reflected = math.exp(2 * drift * distance / (diffusion * diffusion)) * _below(tail)
    elif abs(near) > 38:
        reflected = 0.0  # less than a float can hold
    else:  # both factors leave the range of floats, their product does not: by Mills' ratio, to 1e-7
        reflected = math.exp(-near * near / 2) * (1 - tail**-2 + 3 * tail**-4) / (-tail * math.sqrt(2 * math.pi))
    return min(1.0, reached + reflected)


def _below(z: float) -> float:
    """Return the share of the normal distribution below z, small shares to all digits."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d or _TINY)
    h = d
    for m in range(1, 1000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / ((1.0 + numerator * d) or _TINY)
            c = (1.0 + numerator / c) or _TINY
            h *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return h
