"""The communications watchdog of a drive: silence for too long, and it trips."""

from __future__ import annotations


class Watchdog:
    """Trips after `limit_s` seconds without a command; 0 means never.

    It arms with the first command, as the fieldbus time-out of a real drive does, and the next command resets it.
    The seconds are those of the wall clock, whatever the speed of the plant: it watches the line, not the process.
    """

    def __init__(self, limit_s: float) -> None:
        """Start unarmed."""
        self.limit_s = limit_s
        self.tripped = False
        self._silent_s: float | None = None

    def fed(self) -> None:
        """A command has arrived."""
        self._silent_s = 0.0
        self.tripped = False

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if self._silent_s is None or self.limit_s <= 0:
            return
        self._silent_s += dt
        if self._silent_s >= self.limit_s:
            self.tripped = True
