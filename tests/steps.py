"""How much work something is, counted instead of timed: for tests that nothing takes more per piece the more there are.

The lines of Python that are executed are the same on every computer, however slow or busy it is, in every run.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """Return how many lines of Python this thread executes for it, libraries included; C counts nothing."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()  # what others had the collector call is no work of this one
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count


def growth(work: Callable[[int], object], few: int, many: int) -> float:
    """Return how many times as much each of many takes as each of few: 1 if it is linear, many / few if quadratic."""
    work(few)  # what is imported or made once is not counted
    return steps(lambda: work(many)) / many / (steps(lambda: work(few)) / few)
