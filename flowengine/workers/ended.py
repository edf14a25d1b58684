"""What is counted of a process over all its lives."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace

from flowengine.telemetry.look import ProcessLook
from flowengine.workers.fall import Sentence


class Ended:
    """What the earlier processes of one seat have used, and why they ended: a worker's figures outlast its process."""

    def __init__(self) -> None:
        self._cpu = self._stopped = 0.0
        self._falls: Counter[str] = Counter()
        self._why = ""

    def add(self, stopped: float, cpu: float) -> None:
        """Add a process that has ended: seconds for which it was stopped, and seconds of processor time that it had."""
        self._stopped += stopped
        self._cpu += cpu

    def count(self, sentence: Sentence | None, code: int | None, why: str) -> None:
        """Count why a process ended: `sentence`, if its parent ended it, else its exit code."""
        ending = "exit" if code is None or code >= 0 else "signal"
        self._falls[sentence.kind if sentence is not None else ending] += 1
        self._why = why

    def look(self, name: str, cpu: float, stopped: float, **now: Any) -> ProcessLook:
        """Return how a process is: the given figures of the one that runs, with those of the earlier ones added."""
        found = ProcessLook(name, cpu=cpu, stopped=stopped, **now)
        return replace(
            found, cpu=self._cpu + cpu, stopped=self._stopped + stopped, falls=dict(self._falls), why=self._why
        )
