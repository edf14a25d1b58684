"""Whether a process that has something to do does nothing by itself, and not for want of the machine's time."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 5.0
"""Seconds without a sign of life, after which a process that is waited for is taken to hang."""
LONGEST_STEP: Final = 0.5
"""Seconds of silence that one look adds at most: the one who looks may have been late himself."""
STILL: Final = frozenset("TtS")
"""States of a process that is stopped, held by a debugger, or asleep. One that runs, would run, or waits for a disk may
only be slow."""


class Silence:
    """Tells a process that hangs from one that is only slow, from what is seen of it at each look."""

    def __init__(self) -> None:
        self._worked = -1.0
        self._silent = 0.0

    def look(self, state: str, worked: float, waited_for: bool, passed: float) -> bool:
        """Say whether it hangs: its state and processor time as `work_of` tells them, seconds after the last look."""
        still = state in STILL and worked == self._worked
        self._worked = worked
        self._silent = self._silent + min(passed, LONGEST_STEP) if waited_for and still else 0.0
        return self._silent > LONGEST
