"""Real time that stands still while the machine keeps a test waiting: for tests whose both ends live in one loop.

A timeout of a third of a second says something about a node, and a bound on how soon it comes back does too; that the
test's process got no turn for that long, or ten times slower ones, says nothing. In a steady loop a timer is never
overtaken by an answer that was there in time, however late the process is woken.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

from flowengine import testing
from flowengine.clock import Clock
from flowengine.node import Node

T = TypeVar("T")

MOST: Final = 0.01
"""Seconds that count at most for one wait, or for one round of callbacks, whatever it took."""


class SteadyClock(Clock):
    """The clock of nodes that run in a steady loop."""

    def monotonic(self) -> float:
        """Return the loop's own seconds."""
        return asyncio.get_running_loop().time()


def running(node: Node) -> AbstractAsyncContextManager[testing.RecordingHost]:
    """Start a node in the steady loop that runs, and stop it at the end."""
    return testing.running(node, SteadyClock())


def steadily(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in steady time, as `asyncio.run` does in the machine's."""
    with asyncio.Runner(loop_factory=_SteadyLoop) as runner:
        return runner.run(main)


class _SteadySelector(selectors.DefaultSelector):
    """Waits in short steps, each of which counts as what it was meant to take."""

    def __init__(self) -> None:
        super().__init__()
        self._elapsed, self._left = 0.0, time.monotonic()

    def elapsed(self) -> float:
        return self._elapsed + min(MOST, time.monotonic() - self._left)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._elapsed = self.elapsed()
        end = float("inf") if timeout is None else self._elapsed + max(0.0, timeout)
        while True:
            step, began = min(MOST, end - self._elapsed), time.monotonic()
            ready = super().select(step)
            self._left = time.monotonic()
            self._elapsed += min(step, self._left - began) if ready else step
            if ready or self._elapsed >= end:
                return ready


class _SteadyLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop by the time of its selector."""

    def __init__(self) -> None:
        self._steady = _SteadySelector()
        super().__init__(self._steady)

    def time(self) -> float:
        return self._steady.elapsed()
