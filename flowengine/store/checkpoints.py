"""Checkpoints of one flow: what its nodes remember and which messages wait in it, all as of one instant.

One SQLite file for each flow; each checkpoint is one transaction, on disk when `write` returns. Every row carries a
checksum. A file that is damaged is kept aside, what can be read of it is taken over, and `damage` says what was found.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from flowengine.store.damage import beside, check_structure, is_damage, set_aside, until_broken
from flowengine.store.sqlite import note_form
from flowengine.store.wal import torn_at

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS states (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    data BLOB NOT NULL,
    sum  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY,
    node   TEXT NOT NULL,
    port   TEXT NOT NULL,
    data   BLOB NOT NULL,
    sum    INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_node ON messages (node, number);
"""

GIVEN_BACK: Final = 256
"""Free pages given back to the disk at once, when there are twice as many."""


AT_ONCE: Final = 500
"""Rows in one statement."""


class Stored(NamedTuple):
    """What one node, context or feedback wire remembers."""

    kind: str
    """What it was then: the type of the node."""
    data: bytes


class Waiting(NamedTuple):
    """A message that waits for a node; numbers rise in the order in which messages came there."""

    number: int
    node: str
    port: str
    data: bytes


@dataclass
class Changes:
    """What differs from the checkpoint before."""

    states: dict[str, Stored] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    """Names whose state is gone."""
    added: list[Waiting] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    """Numbers of messages that wait no more."""

    def __bool__(self) -> bool:
        return bool(self.states or self.forgotten or self.added or self.finished)

    @property
    def size(self) -> int:
        """Bytes of what is to be written."""
        return sum(len(state.data) for state in self.states.values()) + sum(len(one.data) for one in self.added)


class Size(NamedTuple):
    """How much is stored."""

    messages: int
    bytes: int
    """Of the files on disk."""


class CheckpointFile:
    """The checkpoints of one flow. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, file: Path) -> None:
        """Open the file, or make it.

        Raises:
            OSError: it cannot be used; says which file it is.
        """
        self.file = file
        self.damage: list[str] = []
        """What was found damaged, each as a sentence that says where."""
        self._lock = threading.RLock()
        file.parent.mkdir(parents=True, exist_ok=True)
        torn = torn_at(beside(file, "-wal"))
        if torn is not None and torn.lost:
            self.damage.append(f"{file.name}-wal is damaged at byte {torn.at}: what was stored after that is lost")
        self.torn = torn is not None and not torn.lost
        """Whether a write was cut short when the process ended: it was not acknowledged, so nothing is lost."""
        try:
            self._db = _opened(file)
            self._check()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise OSError(f"{file}: {error}") from error
            self.damage.append(f"{file.name} cannot be read whole: {error}")
            self._rescue()

    # --- reading ---

    def states(self) -> dict[str, Stored]:
        """Return what was remembered."""
        with self._lock:
            return {name: stored for name, stored in self._states() if stored is not None}

    def waiting(self, node: str, after: int = -1, most: int = -1) -> list[Waiting]:
        """Return messages that wait for a node, with numbers above `after`, in order, `most` of them (-1: all)."""
        query = (
            "SELECT number, node, port, data, sum FROM messages WHERE node = ? AND number > ? ORDER BY number LIMIT ?"
        )
        with self._lock:
            rows = self._db.execute(query, (node, after, most)).fetchall()
        return [Waiting(*row[:4]) for row in rows if row[4] == _sum(*row[:4])]

    def nodes(self) -> dict[str, tuple[int, int, int]]:
        """Return, for each node that messages wait for, how many there are, and the lowest and highest number."""
        with self._lock:
            rows = self._db.execute("SELECT node, count(*), min(number), max(number) FROM messages GROUP BY node")
            return {node: (count, low, high) for node, count, low, high in rows}

    def size(self) -> Size:
        """Return how much is stored."""
        with self._lock:
            (count,) = self._db.execute("SELECT count(*) FROM messages").fetchone()
        files = [self.file, beside(self.file, "-wal")]
        return Size(count, sum(file.stat().st_size for file in files if file.exists()))

    # --- writing ---

    def write(self, changes: Changes) -> None:
        """Store a checkpoint as one transaction; it is on disk when this returns.

        Raises:
            OSError, sqlite3.Error: it is not stored; what was stored before still is. Then `reopen` and write all of it
                again, as nobody knows what the disk has kept of the failed attempt.
        """
        with self._lock:
            db = self._db
            db.execute("BEGIN IMMEDIATE")
            try:
                self._apply(changes)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            if changes.finished:
                self._give_back()

    def _apply(self, changes: Changes) -> None:
        """Many rows in one statement: each statement has to wait for the interpreter while the loop is busy."""
        messages = [(*waiting, _sum(*waiting)) for waiting in changes.added]
        states = [(name, *stored, _sum(name, *stored)) for name, stored in changes.states.items()]
        self._many("DELETE FROM messages WHERE number IN ({})", "?", [(number,) for number in changes.finished])
        self._many("INSERT OR REPLACE INTO messages VALUES {}", "(?,?,?,?,?)", messages)
        self._many("DELETE FROM states WHERE name IN ({})", "?", [(name,) for name in changes.forgotten])
        self._many("INSERT OR REPLACE INTO states VALUES {}", "(?,?,?,?)", states)

    def _many(self, statement: str, place: str, rows: Sequence[Sequence[Any]]) -> None:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            self._db.execute(statement.format(",".join([place] * len(some))), [value for row in some for value in row])

    def _give_back(self) -> None:
        """Give free pages back to the disk, when there are many; a script, as one step frees one page."""
        if self._db.execute("PRAGMA freelist_count").fetchone()[0] > 2 * GIVEN_BACK:
            self._db.executescript(f"PRAGMA incremental_vacuum({GIVEN_BACK})")

    def reopen(self) -> None:
        """Open the file anew after a failed write.

        Raises:
            OSError, sqlite3.Error: it cannot be opened.
        """
        with self._lock:
            self._db.close()
            self._db = _opened(self.file)

    def backup(self, target: Path) -> None:
        """Copy everything into another file, as of one instant, while others write.

        Raises:
            OSError, sqlite3.Error: the copy could not be made.
        """
        copy_database(self.file, target)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def remove(self) -> None:
        """Close the file and delete it."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            beside(self.file, suffix).unlink(missing_ok=True)

    # --- damage ---

    def _check(self) -> None:
        """Look at every row; one that is damaged, or a broken structure, makes a new file of all that is sound."""
        check_structure(self._db, self.file)
        bad = [f"the state of {name}" for name, stored in self._states() if stored is None]
        numbers = self._db.execute("SELECT number, node, port, data, sum FROM messages ORDER BY number")
        bad += [f"message {row[0]}" for row in numbers if row[4] != _sum(*row[:4])]
        if bad:
            shown = ", ".join(str(one)[:80] for one in bad[:5])
            raise sqlite3.DatabaseError(f"{len(bad)} rows do not have their checksum: {shown}")

    def _rescue(self) -> None:
        """Keep the damaged file aside and begin a new one with what can be read of it."""
        rescued = Changes(dict(until_broken(self._sound_states)), added=list(until_broken(self._sound_messages)))
        db = getattr(self, "_db", None)
        if db is not None:
            db.close()
        aside = set_aside(self.file)
        self._db = _opened(self.file)
        self.write(rescued)
        self.damage.append(
            f"{len(rescued.states)} states and {len(rescued.added)} messages were rescued; the rest is in {aside.name}"
        )

    def _states(self) -> Iterator[tuple[str, Stored | None]]:
        """Return all rows of states; None: its checksum is wrong."""
        for name, kind, data, wanted in self._db.execute("SELECT name, kind, data, sum FROM states ORDER BY name"):
            yield name, Stored(kind, data) if wanted == _sum(name, kind, data) else None

    def _sound_states(self) -> Iterator[tuple[str, Stored]]:
        for name, stored in self._states():
            if stored is not None:
                yield name, stored

    def _sound_messages(self) -> Iterator[Waiting]:
        query = "SELECT number, node, port, data, sum FROM messages NOT INDEXED ORDER BY number"
        for *row, wanted in self._db.execute(query):
            if wanted == _sum(*row):
                yield Waiting(*row)


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite file as of one instant, while others write to it; the copy is on disk when this returns.

    Raises:
        OSError: the copy could not be made; says of which file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    there, copy = sqlite3.connect(source, timeout=10.0), sqlite3.connect(target)
    try:
        there.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise OSError(f"{source} could not be copied to {target}: {error}") from error
    finally:
        there.close()
        copy.close()


def _opened(file: Path) -> sqlite3.Connection:
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(str(file), timeout=10.0, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        note_form(db, file)
        db.executescript(SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


def _sum(*parts: Any) -> int:
    """Return the checksum of a row's other columns; whatever a damaged row has in them."""
    found = 0
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode(errors="replace")
        found = zlib.crc32(data, zlib.crc32(b"%d:" % len(data), found))
    return found
