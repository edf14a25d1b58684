"""How long and how deep jsonata-python may go.

Its own bound looks at the clock on the wall: that jumps when it is set, and goes on while a busy machine gives this
thread no turn, and a plain expression would be said to have no end. Here the time is that of the thread's own work.
"""

from __future__ import annotations

import time
from typing import Any

from jsonata.jexception import JException


def bound(frame: Any, longest_ms: int, deepest: int) -> None:
    """Have what is evaluated in a frame end after so many milliseconds of work, or steps into each other."""
    ends, depth = time.thread_time() + longest_ms / 1000, 0

    def enter(expression: Any, given: Any, environment: Any) -> None:
        nonlocal depth
        if environment.is_parallel_call:
            return
        depth += 1
        if depth > deepest:
            raise JException("D1011", -1)
        if time.thread_time() > ends:
            raise JException("D1012", -1, longest_ms)

    def leave(expression: Any, given: Any, environment: Any, result: Any) -> None:
        nonlocal depth
        if not environment.is_parallel_call:
            depth -= 1

    frame.set_evaluate_entry_callback(enter)
    frame.set_evaluate_exit_callback(leave)
