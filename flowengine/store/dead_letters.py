"""Dead letters: messages that a flow could not handle, kept with the reason until someone replays or deletes them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from flowengine.message import Message

SCHEMA = """
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

WAIT = 30.0
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

    def __init__(self, file: Path | None = None, most: int = 100_000) -> None:
        """Open the table in a file, or in memory.

        Args:
            file: the SQLite file; its folder is made.
            most: how many to keep; beyond it the oldest go, and `dropped` counts them.
        """
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self.most = most
        self._lock = threading.Lock()
        self._db = sqlite3.connect(str(file or ":memory:"), timeout=WAIT, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)

    def __len__(self) -> int:
        return self._tally()[0]

    @property
    def dropped(self) -> int:
        """How many had to go because there were too many."""
        return self._tally()[1]

    def _tally(self) -> tuple[int, int]:
        with self._lock:
            kept, dropped = self._db.execute("SELECT kept, dropped FROM tally").fetchone()
        return int(kept), int(dropped)

    def add(self, letters: Iterable[DeadLetter]) -> None:
        """Store letters in one transaction; they are on disk when this returns."""
        rows = [(x.flow, x.node, x.port, x.reason, x.kind, x.time, _packed(x.message)) for x in letters]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(
                    "INSERT INTO dead_letters (flow, node, port, reason, kind, time, message) VALUES (?,?,?,?,?,?,?)",
                    rows,
                )
                kept = self._db.execute("SELECT kept FROM tally").fetchone()[0] + len(rows)
                over = max(0, kept - self.most)
                if over:
                    self._db.execute(
                        "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters ORDER BY id LIMIT ?)",
                        (over,),
                    )
                self._db.execute("UPDATE tally SET kept = ?, dropped = dropped + ?", (kept - over, over))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def find(self, flow: str = "", node: str = "", most: int = 100, before: int = 0) -> list[DeadLetter]:
        """Return letters, the newest first: of a flow, of a node in it, with ids below `before`."""
        where, values = ["1"], []
        for column, value in (("flow = ?", flow), ("node = ?", node), ("id < ?", before)):
            if value:
                where.append(column)
                values.append(value)
        query = f"SELECT * FROM dead_letters WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        with self._lock:
            return [_letter(row) for row in self._db.execute(query, (*values, most))]

    def get(self, number: int) -> DeadLetter | None:
        """Return one letter, or None if it is gone."""
        with self._lock:
            row = self._db.execute("SELECT * FROM dead_letters WHERE id = ?", (number,)).fetchone()
        return _letter(row) if row else None

    def remove(self, numbers: Iterable[int]) -> int:
        """Delete letters; returns how many there were."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                gone = sum(self._db.execute("DELETE FROM dead_letters WHERE id = ?", (n,)).rowcount for n in numbers)
                self._db.execute("UPDATE tally SET kept = kept - ?", (gone,))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        return gone

    def request(self, numbers: Iterable[int]) -> None:
        """Ask the process that runs the flows, whichever it is, to replay letters."""
        with self._lock:
            self._db.executemany("INSERT OR IGNORE INTO requests (id) VALUES (?)", [(n,) for n in numbers])

    def take_requests(self) -> list[int]:
        """Return the letters that were asked to be replayed and are still there, and forget the requests."""
        with self._lock:
            rows = self._db.execute("SELECT id FROM requests JOIN dead_letters USING (id) ORDER BY id").fetchall()
            self._db.execute("DELETE FROM requests")
        return [row[0] for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _packed(msg: Message) -> bytes:
    try:
        return msgspec.msgpack.encode(msg, enc_hook=repr)
    except OverflowError:  # an integer beyond 64 bits
        return msgspec.msgpack.encode(msg.replace(payload=repr(msg.payload), properties={}))


def _letter(row: Any) -> DeadLetter:
    number, flow, node, port, reason, kind, time, blob = row
    msg = msgspec.msgpack.decode(blob, type=Message)
    return DeadLetter(id=number, flow=flow, node=node, port=port, reason=reason, kind=kind, time=time, message=msg)
