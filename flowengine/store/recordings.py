"""What a flow was told by the outside world: the newest messages of its sources, in a ring, for simulations.

One SQLite file for each flow that commands a machine, and one for the inputs of the envelope. Several processes may
have it open: the one that runs the flow writes, a simulation reads. Old messages make room for new ones, but what a
source has said last on a topic stays: a setpoint of last week still holds.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from flowengine.errors import FlowEngineError
from flowengine.message import Message
from flowengine.store.packing import pack_message, unpack_message
from flowengine.store.sqlite import SqliteFile

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (
    id      INTEGER PRIMARY KEY,
    at      REAL NOT NULL,
    node    TEXT NOT NULL,
    port    TEXT NOT NULL,
    topic   TEXT NOT NULL,
    message BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS by_time ON messages (at);
CREATE INDEX IF NOT EXISTS by_place ON messages (node, port, topic, at);
CREATE TABLE IF NOT EXISTS left_out (at REAL NOT NULL, number INTEGER NOT NULL);
"""

MOST_BYTES: Final = 64 << 20
"""Bytes of messages that one flow keeps."""
MOST_SIZE: Final = 64 << 10
"""Bytes of one message; a larger one is left out, and counted."""
MOST_LAST: Final = 1000
"""Topics of which the last message is kept however old it is."""
TRIM: Final = 60.0
"""Seconds between two looks at what is too old, or too much."""
ENVELOPE: Final = "envelope.inputs"
"""Stands for a flow's name where the inputs of the envelope are kept; no flow's name has a dot."""


class BadRecording(FlowEngineError):
    """A recording cannot be read, or holds what no engine has written."""


class Taken(NamedTuple):
    """One message as a node brought it in."""

    at: float
    """When it came, in seconds since 1970-01-01 UTC."""
    node: str
    port: str
    """The output port by which it left the node; empty: the first."""
    msg: Message


class Recorded(NamedTuple):
    """What was taken in a span of time."""

    last: list[Taken]
    """What each node had said last on each topic before it."""
    rows: list[Taken]
    """In order of time."""
    left_out: int
    """Messages of that time that were not recorded: too many at once, or too large."""
    cut: bool
    """Whether there was more than was asked for, so that only the newest are here."""


def recording_file(folder: Path, name: str) -> Path:
    """Return where the recording of a flow, or of `ENVELOPE`, is kept."""
    return folder / f"{name}.sqlite"


class Recording:
    """A recording, open to be written. Each call may wait for the disk."""

    def __init__(self, file: Path, hours: float, most: int = MOST_BYTES) -> None:
        """Open or make the file, in which messages of the last `hours` are kept, in `most` bytes.

        Raises:
            OSError, sqlite3.Error: it can be neither opened nor made.
        """
        self._db = SqliteFile(file, SCHEMA)
        self._db.rows("PRAGMA synchronous=NORMAL")  # the last seconds before a power cut may be missing
        self._hours, self._most = hours, most
        self._size = int(self._db.rows("SELECT coalesce(sum(length(message)), 0) FROM messages")[0][0])
        self._now = self._trimmed = 0.0

    def append(self, rows: Sequence[Taken], left_out: int = 0) -> None:
        """Keep messages in the order in which they came; the oldest make room.

        Raises:
            sqlite3.Error: they could not be stored.
        """
        packed = [(*row[:3], row.msg.topic, pack_message(row.msg)) for row in rows]
        fitting = [row for row in packed if len(row[4]) <= MOST_SIZE]
        left_out += len(packed) - len(fitting)
        now = self._now = rows[-1].at if rows else self._now
        insert = "INSERT INTO messages (at, node, port, topic, message) VALUES (?,?,?,?,?)"
        with self._db.transaction():
            for row in fitting:
                self._db.change(insert, *row)
            if left_out:
                self._db.change("INSERT INTO left_out VALUES (?,?)", now, left_out)
        self._size += sum(len(row[4]) for row in fitting)
        if self._size > self._most or abs(now - self._trimmed) > TRIM:
            self._trimmed = now
            self._trim(now - 3600 * self._hours)

    def _trim(self, before: float) -> None:
        """Let go of what is older, and of as much more as is too much."""
        places = "SELECT max(id) FROM messages GROUP BY node, port, topic"
        if len(self._db.rows(places)) > MOST_LAST:
            places = "SELECT -1"
        with self._db.transaction():
            self._db.change(f"DELETE FROM messages WHERE at < ? AND id NOT IN ({places})", before)
            self._db.change("DELETE FROM left_out WHERE at < ?", before)
            number, size = self._db.rows("SELECT count(*), coalesce(sum(length(message)), 0) FROM messages")[0]
            if size > self._most:
                spare = int(number * (1 - 0.9 * self._most / size)) + 1
                chosen = f"SELECT id FROM messages WHERE id NOT IN ({places}) ORDER BY id LIMIT {spare}"
                self._db.change(f"DELETE FROM messages WHERE id IN ({chosen})")
            self._size = int(self._db.rows("SELECT coalesce(sum(length(message)), 0) FROM messages")[0][0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def span(file: Path) -> tuple[float, float] | None:
    """Return when the first and the last message were taken that are kept; None: there is none.

    Raises:
        BadRecording: the file cannot be read.
    """
    if not file.exists():
        return None
    with _reading(file) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone():
            return None  # it is just being made
        begin, end = db.execute("SELECT min(at), max(at) FROM messages").fetchone()
        return None if begin is None else (_moment(file, begin), _moment(file, end))


def read_recording(file: Path, begin: float, end: float, most: int) -> Recorded:
    """Return what was taken from `begin` to `end`, the newest `most` messages of it.

    Raises:
        BadRecording: the file cannot be read, or something in it is no message; says which.
    """
    if span(file) is None:
        return Recorded([], [], 0, cut=False)
    with _reading(file) as db:
        newest = "SELECT at FROM messages WHERE at BETWEEN ? AND ? ORDER BY at DESC LIMIT 1 OFFSET ?"
        found = db.execute(newest, (begin, end, most)).fetchone()
        if found is not None:
            begin = math.nextafter(_moment(file, found[0]), math.inf)
        columns = "SELECT id, at, node, port, length(message), message FROM messages"
        rows = db.execute(f"{columns} WHERE at BETWEEN ? AND ? ORDER BY at, id", (begin, end))
        taken = [_taken(file, row) for row in rows]
        places = "SELECT max(at), node, port, topic FROM messages WHERE at < ? GROUP BY node, port, topic"
        last = f"{columns} WHERE (at, node, port, topic) IN ({places}) GROUP BY node, port, topic ORDER BY at LIMIT ?"
        before = [_taken(file, row) for row in db.execute(last, (begin, MOST_LAST))]
        lost = db.execute("SELECT coalesce(sum(number), 0) FROM left_out WHERE at BETWEEN ? AND ?", (begin, end))
        return Recorded(before, taken, int(lost.fetchone()[0]), found is not None)


def expire(folder: Path, hours: float, now: float) -> None:
    """Remove recordings that nobody has written to for as long as messages are kept."""
    for file in folder.glob("*.sqlite"):
        kinds = [file.with_name(file.name + kind) for kind in ("", "-wal", "-shm")]
        with suppress(OSError):
            if now - max(one.stat().st_mtime for one in kinds[:2] if one.exists()) > 3600 * hours:
                for one in kinds:
                    one.unlink(missing_ok=True)


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
            yield db
    except (sqlite3.Error, OverflowError, TypeError, ValueError) as error:
        raise BadRecording(
            f"the recording {file.name} cannot be read ({error}): remove it, and the engine begins a new one"
        ) from error


def _taken(file: Path, row: tuple[int, float, str, str, int, bytes]) -> Taken:
    id, at, node, port, size, data = row
    if not (isinstance(node, str) and isinstance(port, str) and isinstance(data, bytes)) or size > MOST_SIZE:
        raise BadRecording(f"message {id} of the recording {file.name} is not as an engine writes it: remove the file")
    try:
        return Taken(_moment(file, at), node, port, unpack_message(data))
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise BadRecording(f"message {id} of the recording {file.name} cannot be read ({error})") from error


def _moment(file: Path, at: object) -> float:
    if not isinstance(at, float | int) or not 0 <= at < 1e11:
        raise BadRecording(f"the recording {file.name} holds the time {at!r:.40}, which is none: remove the file")
    return float(at)
