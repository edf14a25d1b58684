"""Holds processes to a share of the processor, by stopping and continuing them.

A process has an account: what it may use flows in, up to a second's worth, what it uses is taken out. One whose account
is empty is stopped, for a tenth of a second at most, until there is enough for a while again. So a burst passes, the
mean holds, and a process that is held still gets a turn, and says that it lives, ten times a second: 2 ms at least.

The one that forks the others does this: it is never busy, and a number cannot mean another process as long as it has
not heard of the end of this one itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final

from flowengine.processes.vitals import used_by

BURST: Final = 1.0
"""Seconds over which the mean is taken."""

SLICE: Final = 0.1
"""Seconds in which a process that is held is stopped and continued once."""

LONGEST_STOP: Final = 0.09
"""Longest stop in seconds: its parent, and devices that it commands, must not take it for dead."""

SHORTEST: Final = 0.002
"""Seconds between two looks."""

CORES: Final = os.cpu_count() or 1

Measure = Callable[[int], float]
"""Seconds of processor time that a process has had."""

Signal = Callable[[int, int], None]


class Throttled:
    """One process that is held to so many cores."""

    def __init__(self, process: int, cores: float, now: float, measure: Measure, send: Signal) -> None:
        self.cores = cores
        self.stopped = 0.0
        """Seconds that it has been stopped, all together."""
        self._process, self._measure, self._send = process, measure, send
        self._account = cores * BURST
        self._used = measure(process)
        self._looked = now
        self._held_since: float | None = None

    def look(self, now: float) -> float:
        """Stop or continue it as its account says; returns when to look again.

        Raises:
            OSError: it is gone.
        """
        used, passed = self._measure(self._process), now - self._looked
        most = self.cores * BURST
        self._account = max(-most, min(most, self._account + passed * self.cores - (used - self._used)))
        self._used, self._looked = used, now
        if self._held_since is not None:
            self.stopped += passed
            enough = self.cores * SLICE - self._account
            left = min(enough / self.cores, self._held_since + LONGEST_STOP - now)
            if left > SHORTEST:
                return now + left
            self.release()
        elif self._account <= 0:
            self._send(self._process, signal.SIGSTOP)
            self._held_since = now
            return now + LONGEST_STOP
        return now + max(SHORTEST, self._account / CORES)

    def release(self) -> None:
        """Continue it."""
        if self._held_since is not None:
            self._held_since = None
            self._send(self._process, signal.SIGCONT)


class Throttle:
    """All processes that are held."""

    def __init__(self, measure: Measure = used_by, send: Signal = os.kill) -> None:
        self._measure, self._send = measure, send
        self._held: dict[int, Throttled] = {}
        self._next: dict[int, float] = {}

    def hold(self, process: int, cores: float, now: float) -> None:
        """Hold a process to so many cores from now on; 0: to none."""
        held = self._held.get(process)
        if cores <= 0:
            self.forget(process)
        elif held is not None:
            held.cores = cores
        else:
            try:
                self._held[process] = Throttled(process, cores, now, self._measure, self._send)
            except OSError:
                return  # it has just ended
        if process in self._held:
            self._next[process] = now

    def forget(self, process: int) -> None:
        """Hold a process no longer, which may be gone."""
        held = self._held.pop(process, None)
        self._next.pop(process, None)
        if held is not None:
            try:
                held.release()
            except OSError:
                return

    def wait(self, now: float) -> float | None:
        """Return the seconds until the next look; None: there is nobody to look at."""
        return max(0.0, min(self._next.values()) - now) if self._next else None

    def look(self, now: float) -> None:
        """Look at those whose time has come."""
        for process in [process for process, due in self._next.items() if due <= now]:
            try:
                self._next[process] = self._held[process].look(now)
            except OSError:
                self.forget(process)

    def stopped(self) -> dict[int, float]:
        """Return for how many seconds each has been stopped."""
        return {process: held.stopped for process, held in self._held.items()}
