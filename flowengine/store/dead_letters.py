"""Dead letters: messages that a flow could not handle, kept with the reason until someone replays or deletes them."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from flowengine.message import Message
from flowengine.store.damage import until_broken
from flowengine.store.packing import pack_message, unpack_message
from flowengine.store.sqlite import SqliteFile

LOG = logging.getLogger("flowengine.store")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS dead_letters (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    flow    TEXT NOT NULL,
    node    TEXT NOT NULL,
    port    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    time    REAL NOT NULL,
    message BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS tally (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    kept    INTEGER NOT NULL,
    dropped INTEGER NOT NULL
);
INSERT OR IGNORE INTO tally SELECT 1, count(*), 0 FROM dead_letters;
CREATE INDEX IF NOT EXISTS by_place ON dead_letters (flow, node, id);
"""
"""`tally` counts what all processes keep and drop that write to the file."""

WAIT: Final = 30.0
"""Seconds to wait for another process that writes."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One message that failed, as it came to the node."""

    flow: str
    node: str
    port: str
    """The input port where it is given back on a replay; empty for the node's first."""
    reason: str
    kind: str
    """The error's class: BadData, Refused, Retryable, or another exception's name."""
    time: float
    """When it failed, seconds since 1970-01-01 UTC."""
    message: Message
    id: int = 0


class DeadLetters:
    """A bounded table of dead letters, in a file that several processes may write to.

    Safe to use from any thread; each call may wait for the disk.
    """

    def __init__(self, file: Path | None = None, most: int = 100_000, mend: bool = False) -> None:
        """Open the table in a file, or in memory.

        Args:
            file: the SQLite file; its folder is made.
            most: how many to keep; beyond it the oldest go, and `dropped` counts them.
            mend: whether a damaged file, which nobody else may use then, is set aside, and what can be read of it is
                taken over.

        Raises:
            OSError: the file cannot be used.
        """
        self.most = most
        self._file = SqliteFile(file, SCHEMA, WAIT, mend)
        damaged = self._file.damaged
        if damaged is not None:
            rescued = _readable(damaged)
            self.add(rescued)
            LOG.error("%s was damaged: %d dead letters were rescued, the rest is in %s", file, len(rescued), damaged)

    def __len__(self) -> int:
        return self._tally()[0]

    @property
    def dropped(self) -> int:
        """How many had to go because there were too many."""
        return self._tally()[1]

    def _tally(self) -> tuple[int, int]:
        ((kept, dropped),) = self._file.rows("SELECT kept, dropped FROM tally")
        return int(kept), int(dropped)

    def add(self, letters: Iterable[DeadLetter], lost: int = 0) -> None:
        """Store letters in one transaction; they are on disk when this returns.

        `lost` is how many there was no room for while they waited for the disk: they count as dropped.

        Raises:
            OSError, sqlite3.Error: none of them is stored.
        """
        rows = [(x.flow, x.node, x.port, x.reason, x.kind, x.time, pack_message(x.message)) for x in letters]
        file = self._file
        with file.transaction():
            file.change_all(
                "INSERT INTO dead_letters (flow, node, port, reason, kind, time, message) VALUES (?,?,?,?,?,?,?)", rows
            )
            kept = self._tally()[0] + len(rows)
            over = max(0, kept - self.most)
            if over:
                file.change(
                    "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters ORDER BY id LIMIT ?)", over
                )
            file.change("UPDATE tally SET kept = ?, dropped = dropped + ?", kept - over, over + lost)

    def find(self, flow: str = "", node: str = "", most: int = 100, before: int = 0) -> list[DeadLetter]:
        """Return letters, the newest first: of a flow, of a node in it, with ids below `before`."""
        where, values = ["1"], []
        for column, value in (("flow = ?", flow), ("node = ?", node), ("id < ?", before)):
            if value:
                where.append(column)
                values.append(value)
        query = f"SELECT * FROM dead_letters WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        return [_letter(row) for row in self._file.rows(query, *values, most)]

    def get(self, number: int) -> DeadLetter | None:
        """Return one letter, or None if it is gone."""
        rows = self._file.rows("SELECT * FROM dead_letters WHERE id = ?", number)
        return _letter(rows[0]) if rows else None

    def remove(self, numbers: Iterable[int]) -> int:
        """Delete letters; returns how many there were."""
        with self._file.transaction():
            gone = self._file.change_all("DELETE FROM dead_letters WHERE id = ?", [(number,) for number in numbers])
            self._file.change("UPDATE tally SET kept = kept - ?", gone)
        return gone

    def rename(self, flow: str, to: str) -> None:
        """Have the letters of a flow belong to it under another name."""
        self._file.change("UPDATE dead_letters SET flow = ? WHERE flow = ?", to, flow)

    def request(self, numbers: Iterable[int]) -> None:
        """Ask the process that runs the flows, whichever it is, to replay letters."""
        with self._file.transaction():
            self._file.change_all("INSERT OR IGNORE INTO requests (id) VALUES (?)", [(number,) for number in numbers])

    def take_requests(self) -> list[int]:
        """Return the letters that were asked to be replayed and are still there, and forget the requests."""
        if not self._file.rows("SELECT 1 FROM requests LIMIT 1"):
            return []  # asked once a second, also where the disk can only be read
        with self._file.transaction():
            rows = self._file.rows("SELECT id FROM requests JOIN dead_letters USING (id) ORDER BY id")
            self._file.change("DELETE FROM requests")
        return [row[0] for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _letter(row: Any) -> DeadLetter:
    number, flow, node, port, reason, kind, time, blob = row
    msg = unpack_message(blob)
    return DeadLetter(id=number, flow=flow, node=node, port=port, reason=reason, kind=kind, time=time, message=msg)


def _readable(file: Path) -> list[DeadLetter]:
    """Return the letters of a damaged file that can be read."""
    query = "SELECT * FROM dead_letters NOT INDEXED ORDER BY id"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        found = []
        for row in until_broken(lambda: db.execute(query)):
            with contextlib.suppress(ValueError, TypeError):
                found.append(_letter(row))
    return found
