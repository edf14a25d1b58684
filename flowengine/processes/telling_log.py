"""The log of a process that is looked after: its parent writes it."""

from __future__ import annotations

import logging
from typing import Final

from flowengine.processes.frames import Logged
from flowengine.processes.link import Link

LONGEST_PATTERN: Final = 200
"""Characters; by it lines that differ only in their values are told to be the same."""


def log_to(link: Link, level: int) -> None:
    """Send the log of this process to its parent."""
    root = logging.getLogger()
    root.handlers[:] = [TellingLog(link)]
    root.setLevel(level)
    logging.getLogger("pymodbus").setLevel("CRITICAL")  # as in the parent, see telemetry/log.py


class TellingLog(logging.Handler):
    """Sends each line of the log to the parent, which writes it as it was told to."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line; when too much waits it is counted, and that is said later."""
        if self._link.full:
            self._left_out += 1
            return
        if self._left_out:
            text = f"{self._left_out} lines of the log were left out: there were too many"
            self._left_out = 0
            self._link.tell(Logged("flowengine.processes", logging.WARNING, text, {}, ""))
        cause = "" if not record.exc_info else logging.Formatter().formatException(record.exc_info)
        extra = {name: value for name, value in vars(record).items() if name not in _OWN and isinstance(value, _PLAIN)}
        extra["pattern"] = str(record.msg)[:LONGEST_PATTERN]
        if record.exc_info and record.exc_info[0] is not None:
            extra.setdefault("error", record.exc_info[0].__name__)
        self._link.tell(Logged(record.name, record.levelno, record.getMessage(), extra, cause))


_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_PLAIN = (str, int, float)


def write(event: Logged) -> None:
    """Write a line that another process has sent, as if it had been logged here."""
    logger = logging.getLogger(event.name)
    if logger.isEnabledFor(event.level):
        text = f"{event.text}\n{event.cause}" if event.cause else event.text
        logger.handle(logger.makeRecord(event.name, event.level, "", 0, "%s", (text,), None, extra=event.extra))
