"""Rules for runs of points on a control chart: Western Electric (1956) and Nelson (1984).

Western Electric, Statistical Quality Control Handbook, 1956, section I part B; Nelson, The Shewhart control chart:
tests for special causes, Journal of Quality Technology 16 (1984) 237. Points are given in standard deviations from the
centre line; a rule is told when the newest point completes it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Literal

Rule = Literal[
    "western-electric-1", "western-electric-2", "western-electric-3", "western-electric-4",
    "nelson-1", "nelson-2", "nelson-3", "nelson-4", "nelson-5", "nelson-6", "nelson-7", "nelson-8",
]  # fmt: skip

LONGEST = 15
"""Points that the longest rule looks at."""


def _side(z: Sequence[float], count: int) -> bool:
    """All of the last points on one side of the centre."""
    last = z[-count:]
    return len(last) == count and (all(v > 0 for v in last) or all(v < 0 for v in last))


def _some_beyond(z: Sequence[float], some: int, count: int, limit: float) -> bool:
    """Of the last points so many beyond a limit on one side, the newest among them."""
    last = z[-count:]
    if len(last) < some:
        return False
    above = z[-1] > limit and sum(v > limit for v in last) >= some
    return above or (z[-1] < -limit and sum(v < -limit for v in last) >= some)


def _trend(z: Sequence[float], count: int) -> bool:
    last = z[-count:]
    steps = [b - a for a, b in itertools.pairwise(last)]
    return len(last) == count and (all(s > 0 for s in steps) or all(s < 0 for s in steps))


def _alternating(z: Sequence[float], count: int) -> bool:
    last = z[-count:]
    steps = [b - a for a, b in itertools.pairwise(last)]
    return len(last) == count and all(a * b < 0 for a, b in itertools.pairwise(steps))


def _all(z: Sequence[float], count: int, holds: Callable[[float], bool]) -> bool:
    last = z[-count:]
    return len(last) == count and all(holds(v) for v in last)


RULES: dict[str, tuple[int, str, Callable[[Sequence[float]], bool]]] = {
    "western-electric-1": (1, "a point beyond 3 sigma", lambda z: abs(z[-1]) > 3),
    "western-electric-2": (3, "two of three beyond 2 sigma on one side", lambda z: _some_beyond(z, 2, 3, 2)),
    "western-electric-3": (5, "four of five beyond 1 sigma on one side", lambda z: _some_beyond(z, 4, 5, 1)),
    "western-electric-4": (8, "eight in a row on one side of the centre", lambda z: _side(z, 8)),
    "nelson-1": (1, "a point beyond 3 sigma", lambda z: abs(z[-1]) > 3),
    "nelson-2": (9, "nine in a row on one side of the centre", lambda z: _side(z, 9)),
    "nelson-3": (6, "six in a row rising or falling", lambda z: _trend(z, 6)),
    "nelson-4": (14, "fourteen in a row alternating up and down", lambda z: _alternating(z, 14)),
    "nelson-5": (3, "two of three beyond 2 sigma on one side", lambda z: _some_beyond(z, 2, 3, 2)),
    "nelson-6": (5, "four of five beyond 1 sigma on one side", lambda z: _some_beyond(z, 4, 5, 1)),
    "nelson-7": (15, "fifteen in a row within 1 sigma", lambda z: _all(z, 15, lambda v: abs(v) < 1)),
    "nelson-8": (8, "eight in a row beyond 1 sigma", lambda z: _all(z, 8, lambda v: abs(v) > 1)),
}
"""Rule -> how many points it looks at, in words, and whether the newest point completes it."""


def completed(z: Sequence[float], rules: Sequence[str]) -> list[str]:
    """Return the rules that the newest point completes."""
    return [rule for rule in rules if RULES[rule][2](z)]
