"""Wrong passwords cost time: who has guessed a few times must wait, longer from time to time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from flowengine.clock import Clock

FORGET: Final = 3600.0
"""Seconds after which failures are forgotten."""
MOST: Final = 10_000
"""Names and addresses that are remembered; beyond it the oldest are forgotten."""


@dataclass(frozen=True)
class Patience:
    """How failures are answered: some are free, then each doubles the wait (1, 2, 4 ... seconds), up to a bound."""

    free: int
    longest: float


FOR_BOTH: Final = Patience(5, 300.0)
"""A name from one address."""
FOR_ADDRESS: Final = Patience(20, 300.0)
"""Any names from one address."""
FOR_NAME: Final = Patience(50, 10.0)
"""A name from anywhere: short, so that a stranger cannot lock a user out."""


@dataclass
class _Failures:
    count: int = 0
    last: float = 0.0


class Backoff:
    """Counts failures by name, by address, and by both. Safe to use from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, ...], _Failures] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Count an attempt as failed until it succeeds; returns the seconds to wait first, 0: go on.

        Counted beforehand, so that many attempts at once gain nothing.
        """
        now = self._clock.monotonic()
        with self._lock:
            wait = max(self._wait(key, patience, now) for key, patience in _keys(name, address))
            if wait <= 0:
                for key, _ in _keys(name, address):
                    found = self._failures.setdefault(key, _Failures())
                    found.count, found.last = found.count + 1, now
                    self._failures.move_to_end(key)
                while len(self._failures) > MOST:
                    self._failures.popitem(last=False)
            return max(0.0, wait)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name from this address; one success does not excuse guesses at other names."""
        with self._lock:
            for key, _ in _keys(name, address):
                if len(key) == 3:
                    self._failures.pop(key, None)
                elif (found := self._failures.get(key)) is not None:
                    found.count -= 1

    def _wait(self, key: tuple[str, ...], patience: Patience, now: float) -> float:
        found = self._failures.get(key)
        if found is None or now - found.last > FORGET:
            self._failures.pop(key, None)
            return 0.0
        over = found.count - patience.free
        return 0.0 if over < 0 else found.last + min(2.0 ** min(over, 30), patience.longest) - now


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, ...], Patience], ...]:
    name = name.casefold()[:100]
    return (
        (("both", name, address), FOR_BOTH),
        (("address", address), FOR_ADDRESS),
        (("name", name), FOR_NAME),
    )
