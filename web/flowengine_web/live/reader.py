"""One open stream: a bounded queue between the engine's loop, which never waits, and the thread that writes to it."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from flowengine_web.shapes import Watching

MOST_WAITING: Final = 20
"""Turns (2 s) that wait for a slow reader. One more, and all that waits is dropped: whole frames follow when it reads
again, so that what it shows is true."""


class Reader:
    """A browser's stream. `put` belongs to the loop, `take` to the stream's thread."""

    def __init__(self, session: str, user: str, slot: int = 0) -> None:
        self.id = secrets.token_urlsafe(12)
        self.session = session
        """The key of the session that opened it."""
        self.user = user
        self.slot = slot
        """In which part of each turn it is woken, see `hub.SLOTS`."""
        self.watching = Watching()
        self.fresh: set[str] = set()
        """Flows (and other things, see hub) of which it has everything so far; of others it gets everything next."""
        self._waiting: deque[Sequence[bytes]] = deque()
        self._change = threading.Condition()
        self._lost = 0
        self.lost = 0
        """Turns lost since it was opened."""
        self._stalled = False
        self._closed = False

    @property
    def stalled(self) -> bool:
        """Whether it has fallen behind and has not read since: nothing is made for it."""
        return self._stalled

    def put(self, events: Sequence[bytes]) -> None:
        """Add the events of one turn; never waits."""
        if not events or self._stalled or self._closed:
            return
        with self._change:
            if len(self._waiting) >= MOST_WAITING:
                self._lost += len(self._waiting) + 1
                self.lost += len(self._waiting) + 1
                self._waiting.clear()
                self._stalled = True
                self.fresh.clear()
                return
            self._waiting.append(events)
            self._change.notify()

    def take(self, wait: float) -> tuple[bytes, int] | None:
        """Return what has come, and how many turns were lost before it; waits so many seconds at most.

        Returns:
            None once the stream is closed and all has been taken.
        """
        with self._change:
            if not self._waiting and not self._closed:
                self._stalled = False  # it reads again: from now on it gets what there is
                self._change.wait(wait)
            if not self._waiting and self._closed:
                return None
            lost, self._lost = self._lost, 0
            events = [event for turn in self._waiting for event in turn]
            self._waiting.clear()
            return b"".join(events), lost

    def close(self, last: bytes = b"") -> None:
        """End the stream, with a last event if there is still one to say."""
        with self._change:
            if last and not self._closed:
                self._waiting.append((last,))
            self._closed = True
            self._change.notify()
