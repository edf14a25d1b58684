"""Limits of which either may be missing."""

from __future__ import annotations


def check_bounds(low: float | None, high: float | None, prefix: str = "") -> None:
    """Refuse limits that are the wrong way round; their options are `low` and `high`, behind the prefix.

    Raises:
        ValueError: they are.
    """
    if low is not None and high is not None and low >= high:
        raise ValueError(f"{prefix}low ({low:g}) must be less than {prefix}high ({high:g})")


def within(value: float, low: float | None, high: float | None) -> float:
    """Return a value, or the limit that it would leave."""
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)
