"""For tests of whole systems that cannot but look at the clock: while the machine is away nothing counts.

A bound of two seconds is that of the product. Where it is not kept while this very process got no turn for a good part
of that time, the test has said nothing, and is done once more; where it is not kept on a machine that was there, and
where it is never kept, the test fails.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

TRIES: Final = 4
LONGEST: Final = 90.0
"""Seconds after which no other try begins."""
AWAY: Final = 0.15
"""Seconds without a turn from which on a failure is not counted."""
A_TURN: Final = 0.01


def fairly(test: Callable[[int], T], folder: Path | None = None) -> T:
    """Run a test, given the number of the try; what is in a folder is put back before another."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as kept:
        if folder is not None:
            shutil.copytree(folder, kept, dirs_exist_ok=True)
        for number in range(TRIES):
            if number and folder is not None:
                shutil.rmtree(folder)
                shutil.copytree(kept, folder)
            with _Turns() as turns:
                try:
                    return test(number)
                except (AssertionError, TimeoutError) as error:
                    last = number == TRIES - 1 or time.monotonic() - began > LONGEST
                    if last or turns.longest_away < AWAY:
                        raise
                    print(f"once more: without a turn for {turns.longest_away:.2f} s; {error}")
    raise AssertionError("there is a last try")


async def within(seconds: float, holds: Callable[[], Any]) -> None:
    """Wait until it holds; fail if it takes longer than that, by looks fifty times a second."""
    for _ in range(round(seconds * 50)):
        if holds():
            return
        await asyncio.sleep(0.02)
    assert holds(), f"did not come within {seconds:g} s"


class _Turns(threading.Thread):
    """Asks for a turn a hundred times a second, and keeps the longest time that none came."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest_away = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(A_TURN):
            now = time.monotonic()
            self.longest_away, last = max(self.longest_away, now - last - A_TURN), now

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.join()
