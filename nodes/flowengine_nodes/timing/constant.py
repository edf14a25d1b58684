"""Sources that send one value: which number that is."""

from __future__ import annotations

from typing import Any


def constant(value: Any) -> tuple[float, float] | None:
    """Return a number as the range of what is sent; None: it is no number."""
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else None
