"""An archive as others see it: read from another process, beside the engine that writes.

SQLite's log (WAL) lets readers and the one writer pass each other by. A reader has its own look at the journal, so it
knows all that was acknowledged when it was opened, and it asks nothing of the engine: what a flow has kept can be read
when its worker has fallen. It is opened for one question and closed behind it, since the log cannot be cut off before
what the oldest reader sees.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from flowengine import Quality, Reading, Retryable
from flowengine_nodes.history.block import FURTHEST, Block
from flowengine_nodes.history.query import aggregate, last, rows
from flowengine_nodes.history.samples import QUALITIES, SECOND, Row
from flowengine_nodes.history.stored import APPLICATION, Stored

_WAIT: Final = 1.0
"""Seconds that a reader waits where the file is being made or mended."""


class Beside(Stored):
    """What stood in the file when it was opened; the `Historian` of `history/store`."""

    def __init__(self, file: Path) -> None:
        """Open the file to be read.

        Raises:
            sqlite3.Error: it is not there, damaged, or another program's.
        """
        super().__init__()
        self._journal_read = False
        uri = f"file:{quote(str(file.absolute()))}?mode=ro"
        self.db = sqlite3.connect(uri, uri=True, timeout=_WAIT, check_same_thread=False, isolation_level=None)
        try:
            if self.db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise sqlite3.DatabaseError("it is an SQLite file of another program")
            self.db.execute("BEGIN")  # one look at the journal and at the blocks that are made of it
            self.db.execute("SELECT max(id) FROM journal").fetchone()  # which begins here
        except BaseException:
            self.db.close()
            raise

    def tags(self) -> list[str]:
        """Return all tags, sorted."""
        return [name for (name,) in self.db.execute("SELECT name FROM tag ORDER BY name")]

    def knows(self, tag: str) -> bool:
        """Say whether there is such a tag."""
        return self.id_of(tag) > 0

    def last(self, tag: str) -> Reading | None:
        """Return the newest value of a tag, or None."""
        return next(map(_reading, last(self, tag)), None)

    def about(self, tag: str, begin: float, end: float) -> int:
        """Return about how many rows a span holds, those of the blocks at its ends and of the journal with it."""
        self._see_journal()
        id = self.id_of(tag)
        young = len(self._young[id][0]) if id in self._young else 0
        return young + self.count(id, _micros(begin), _micros(end))

    def blocks(self, tag: int, level: int, begin: int, end: int) -> Iterator[Block]:
        """Give the blocks of a tag that have to do with a span, and what the journal holds of it."""
        self._see_journal()
        return super().blocks(tag, level, begin, end)

    def _see_journal(self) -> None:
        """Unpack the journal, once: who asks which tags there are need not wait for that."""
        if not self._journal_read:
            self._journal_read = True
            self._read_journal()

    def values(self, tag: str, begin: float, end: float) -> Iterator[Reading]:
        """Give what is kept of a tag in a span."""
        return map(_reading, rows(self, tag, _micros(begin), _micros(end)))

    def summaries(self, tag: str, begin: float, end: float, interval: float) -> list[Reading]:
        """Return summaries of the intervals of a span.

        Raises:
            BadData: more than `MOST_READ` rows would have to be read.
        """
        most = math.ceil((end - begin) / interval) + 2  # a part of one at each end
        return [_reading(row) for row in aggregate(self, tag, _micros(begin), _micros(end), interval, most)]


@contextlib.contextmanager
def beside(file: Path) -> Iterator[Beside]:
    """Have an archive open to be read.

    Raises:
        Retryable: it cannot be read now; what goes wrong while it is open is said in the same way.
    """
    try:
        archive = Beside(file)
        try:
            yield archive
        finally:
            archive.db.close()
    except sqlite3.Error as error:
        why = str(error)
        if "unable to open" in why:
            why = "nothing has been kept there yet, or this engine may not read it" if not file.exists() else why
        raise Retryable(f"cannot read the history in {file}: {why}") from error


def _micros(time: float) -> int:
    return round(max(-FURTHEST, min(FURTHEST, time * SECOND)))


def _reading(row: Row) -> Reading:
    value = None if math.isnan(row.value) else row.value
    quality: Quality = QUALITIES[row.quality]
    if not row.made_of:
        return Reading(row.time / SECOND, value, quality, made_of=row.made_of)
    return Reading(row.time / SECOND, value, quality, row.low, row.high, row.made_of)
