"""Pareto analysis: the few reasons that cost most of the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def pareto(totals: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Return rows of reason, stops, seconds, share and cumulative share, the costliest first.

    Args:
        totals: reason -> how many stops, and seconds.
    """
    rows, sum_, passed = [], sum(seconds for _, seconds in totals.values()), 0.0
    for reason, (stops, seconds) in sorted(totals.items(), key=lambda item: (-item[1][1], item[0])):
        passed += seconds
        share, cumulative = (seconds / sum_, passed / sum_) if sum_ > 0 else (0.0, 0.0)
        rows.append({"reason": reason, "stops": stops, "seconds": seconds, "share": share, "cumulative": cumulative})
    return rows
