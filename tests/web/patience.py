"""How long tests of the web wait for something: one limit for all, so generous that a busy computer is no failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds. What takes longer has failed; how fast something is belongs to `make bench` and `make soak`."""


def until(condition: Callable[[], T | None], pause: Callable[[float], object] = time.sleep) -> T:
    """Return what a condition gives, as soon as it holds; `pause` waits so many seconds between two looks."""
    end = time.monotonic() + PATIENCE
    while True:
        late = time.monotonic() > end  # asked once more after the end: what stalled may have been this very thread
        if found := condition():
            return found
        assert not late, f"it did not come to that within {PATIENCE:g} s"
        pause(0.02)
