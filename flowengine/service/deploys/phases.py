"""How long each phase of a deploy took: for the log, where an operator looks when a deploy was slow."""

from __future__ import annotations

import time


class Phases:
    """The phases of one deploy, one after another."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.took: dict[str, float] = {}
        """Phase -> seconds."""

    def end(self, phase: str) -> None:
        """Note that a phase has come to its end, and the next one begins."""
        now = time.perf_counter()
        self.took[phase] = self.took.get(phase, 0.0) + now - self._last
        self._last = now

    def __str__(self) -> str:
        parts = ", ".join(f"{phase} {seconds:.3f}" for phase, seconds in self.took.items())
        return f"{self._last - self._began:.3f} s: {parts}"
