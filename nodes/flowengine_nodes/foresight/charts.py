"""What control charts draw: the point, its centre line and its limits, for each kind of chart.

Montgomery, Introduction to Statistical Quality Control (8th edition): X-bar, R and S section 6.2 and 6.3, individuals
6.4, p, np, c and u chapter 7, CUSUM 9.1 (tabular), EWMA 9.2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from flowengine_nodes.foresight.spc_constants import c4, d2, d3

Chart = Literal["i-mr", "xbar-r", "xbar-s", "ewma", "cusum", "p", "np", "c", "u"]


class Line(NamedTuple):
    """A point of a chart with its lines."""

    value: float
    centre: float
    lower: float
    upper: float

    @property
    def sigma(self) -> float:
        """The standard deviation of such points: a third of the distance to the upper limit."""
        return (self.upper - self.centre) / 3


def spread_line(values: Sequence[float], by_range: bool, mean_spread: float) -> Line:
    """Return the point of the R or S chart below an X-bar chart.

    Args:
        values: the subgroup.
        by_range: R chart, else S chart.
        mean_spread: the mean range (or standard deviation) of subgroups in control.
    """
    n = len(values)
    if by_range:
        wide = 3 * d3(n) / d2(n)
        value = max(values) - min(values)
    else:
        wide = 3 * math.sqrt(1 - c4(n) ** 2) / c4(n)
        value = deviation(values)
    return Line(value, mean_spread, mean_spread * max(0.0, 1 - wide), mean_spread * (1 + wide))


def mean_line(values: Sequence[float], centre: float, sigma: float) -> Line:
    """Return the point of an X-bar chart (or of individuals, for one value)."""
    wide = 3 * sigma / math.sqrt(len(values))
    return Line(math.fsum(values) / len(values), centre, centre - wide, centre + wide)


def count_line(chart: Chart, count: float, size: float, centre: float) -> Line:
    """Return the point of a p, np, c or u chart.

    Args:
        chart: which.
        count: nonconforming units (p, np) or nonconformities (c, u).
        size: units inspected.
        centre: the share p, the number per unit u, or the mean count c of a process in control.
    """
    if chart == "p":
        value, middle, sigma = count / size, centre, math.sqrt(centre * (1 - centre) / size)
    elif chart == "np":
        value, middle, sigma = count, size * centre, math.sqrt(size * centre * (1 - centre))
    elif chart == "c":
        value, middle, sigma = count, centre, math.sqrt(centre)
    else:
        value, middle, sigma = count / size, centre, math.sqrt(centre / size)
    return Line(value, middle, max(0.0, middle - 3 * sigma), middle + 3 * sigma)


def ewma_line(
    before: float, value: float, number: int, weight: float, width: float, centre: float, sigma: float
) -> Line:
    """Return the point of an EWMA chart.

    Args:
        before: the point before; the centre for the first.
        value: the reading.
        number: 1 for the first point.
        weight: λ.
        width: L, usually 2.6 to 3.
        centre: the mean of a process in control.
        sigma: its standard deviation.
    """
    now = weight * value + (1 - weight) * before
    wide = width * sigma * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * number)))
    return Line(now, centre, centre - wide, centre + wide)


def cusum(before: Sequence[float], value: float, slack: float, centre: float, sigma: float) -> list[float]:
    """Return the two sums C⁺ and C⁻ of a tabular CUSUM, in standard deviations.

    Args:
        before: the sums before.
        value: the reading.
        slack: k, half the shift to find.
        centre: the mean of a process in control.
        sigma: its standard deviation.
    """
    z = (value - centre) / sigma
    return [max(0.0, z - slack + before[0]), max(0.0, -z - slack + before[1])]


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum([(v - mean) ** 2 for v in values]) / (len(values) - 1))


def baseline(chart: Chart, groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return centre and standard deviation of a process from subgroups taken while it was in control.

    For individuals the deviation is that of moving ranges, MR / d2(2); for counts (pairs of count and size) the centre
    is all that is needed.
    """
    if chart in ("p", "np", "u"):
        return math.fsum([g[0] for g in groups]) / math.fsum([g[1] for g in groups]), 0.0
    if chart == "c":
        return math.fsum([g[0] for g in groups]) / len(groups), 0.0
    if chart in ("xbar-r", "xbar-s"):
        centre = math.fsum([math.fsum(g) / len(g) for g in groups]) / len(groups)
        n = len(groups[0])
        if chart == "xbar-r":
            return centre, math.fsum([max(g) - min(g) for g in groups]) / len(groups) / d2(n)
        return centre, math.fsum([deviation(g) for g in groups]) / len(groups) / c4(n)
    single = [g[0] for g in groups]
    ranges = [abs(b - a) for a, b in itertools.pairwise(single)]
    return math.fsum(single) / len(single), math.fsum(ranges) / len(ranges) / d2(2)
