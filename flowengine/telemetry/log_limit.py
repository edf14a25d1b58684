"""Keeps one node from filling the log: a node that complains 10,000 times a second has one line, and a count."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Final

PERIOD: Final = 1.0
"""Seconds for which a node's lines are counted together."""
MOST_LINES: Final = 10
"""Lines of one node in that time; of warnings and errors that are made alike only the first is written."""
MOST_NODES: Final = 10_000
"""Nodes that are told apart at the same time; those beyond share one limit."""


@dataclass
class _Period:
    """What a node has said lately."""

    end: float
    lines: int = 0
    said: set[tuple[int, str]] = field(default_factory=set)
    """Level and text as it was written in the node, before values came into it."""
    last: logging.LogRecord | None = None
    """The last line that was left out."""
    left_out: int = 0


class Limited(logging.Handler):
    """Passes lines on to another handler, few of each node. Lines of no node all pass."""

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__()
        self._handler = handler
        self._periods: dict[tuple[str, str], _Period] = {}
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it; called with this handler's lock held."""
        node = getattr(record, "node", "")
        if not node:
            self._handler.handle(record)
            return
        key = (getattr(record, "flow", ""), node)
        if key not in self._periods and len(self._periods) >= MOST_NODES:
            key = ("", "")
        self._tell(record.created)
        period = self._periods.get(key)
        if period is None:
            period = self._periods[key] = _Period(record.created + PERIOD)
        kind = (record.levelno, str(getattr(record, "pattern", "") or record.msg))
        again = record.levelno >= logging.WARNING and kind in period.said
        if again or period.lines >= MOST_LINES:
            period.left_out, period.last = period.left_out + 1, record
            self._wake()
            return
        period.lines += 1
        period.said.add(kind)
        self._handler.handle(record)

    def flush(self) -> None:
        """Write the counts that are due or not."""
        with self._locked():
            self._tell(float("inf"))
        self._handler.flush()

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def _tell(self, now: float) -> None:
        """Write the counts of periods that are over. Where the clock was set back they end as well."""
        for key, period in list(self._periods.items()):
            if now >= period.end or now < period.end - 2 * PERIOD:
                del self._periods[key]
                if period.last is not None:
                    self._handler.handle(_count(period.last, period.left_out))

    def _wake(self) -> None:
        """See to it that the count is written although nothing more may be said."""
        if self._timer is None:
            self._timer = threading.Timer(PERIOD, self._due)
            self._timer.daemon = True
            self._timer.start()

    def _due(self) -> None:
        with self._locked():
            self._timer = None
            self._tell(float("inf"))

    def _locked(self) -> threading.RLock:
        assert self.lock is not None
        return self.lock


def _count(last: logging.LogRecord, number: int) -> logging.LogRecord:
    """Return the last line that was left out; it says of how many."""
    if number == 1:
        return last
    record = logging.makeLogRecord(vars(last))
    record.msg, record.args = f"{last.getMessage()} (the last of {number:,} such lines)", ()
    record.__dict__["more"] = number
    return record
