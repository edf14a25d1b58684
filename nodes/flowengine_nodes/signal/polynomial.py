"""The polynomial that fits points best, at one place: by polynomials that are orthogonal over the points.

Forsythe, Generation and Use of Orthogonal Polynomials for Data-Fitting with a Digital Computer, J. SIAM 5 (1957) 74.
No equations are solved, and it stays exact where the normal equations would not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import fsum


def fitted(x: Sequence[float], y: Sequence[float], degree: int, derivative: int = 0) -> float:
    """Return the value at x = 0, or a derivative there, of the least-squares polynomial through points.

    Args:
        x: where the points are, all different, more of them than `degree`.
        y: their values.
        degree: degree of the polynomial.
        derivative: 0 for the value, 1 or 2 for a derivative.
    """
    return fsum([w * v for w, v in zip(weights(tuple(x), degree, derivative), y, strict=True)])


@lru_cache(maxsize=256)
def weights(x: tuple[float, ...], degree: int, derivative: int) -> list[float]:
    """Return the weight of each point in the result: points at the same places have the same."""
    scale = max(abs(v) for v in x) or 1.0
    u = [v / scale for v in x]
    before, now = [0.0] * len(u), [1.0] * len(u)
    squares_before = 1.0
    # Value and derivatives at 0 of the orthogonal polynomials: before, and now.
    at_before, at = [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]
    found = [0.0] * len(u)
    for k in range(degree + 1):
        squares = fsum([p * p for p in now])
        share = at[derivative] / squares
        found = [w + share * p for w, p in zip(found, now, strict=True)]
        a = fsum([v * p * p for v, p in zip(u, now, strict=True)]) / squares
        b = squares / squares_before if k else 0.0
        now, before = [(v - a) * p - b * q for v, p, q in zip(u, now, before, strict=True)], now
        at, at_before = (
            [
                -a * at[0] - b * at_before[0],
                at[0] - a * at[1] - b * at_before[1],
                2 * at[1] - a * at[2] - b * at_before[2],
            ],
            at,
        )
        squares_before = squares
    return [w / scale**derivative for w in found]
