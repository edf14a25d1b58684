"""The archive of a historian: one SQLite file, with a journal of what came last and blocks of what came before.

::

    append    a batch of samples of any tags: one row of the journal, one wait for the disk
    settle    what the journal holds becomes blocks, tag by tag, in one transaction     (every few minutes)
    expire    blocks that are too old become summaries per minute, those become summaries per hour     expiry.py

A kill loses nothing that `append` has returned for: SQLite leaves out what the end of its log holds only half of.
Of two samples of a tag at the same time the later counts, so a batch that comes again changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from flowengine_nodes.history.block import Block, pack
from flowengine_nodes.history.samples import Sample
from flowengine_nodes.history.stored import APPLICATION, RAW, Stored

FULL: Final = 1000
"""Rows of a block that is not added to any more."""

NOTHING: Final = Block([], [[]], b"")
"""No rows."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS block (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    tag   INTEGER NOT NULL,
    level INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    count INTEGER NOT NULL,
    data  BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS block_by_tag ON block (tag, level, last, first, count);
CREATE INDEX IF NOT EXISTS block_by_age ON block (last);
"""


class Archive(Stored):
    """Samples of many tags. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, file: Path) -> None:
        """Open the file, for others to read at most, and make what is missing in it.

        Raises:
            sqlite3.Error: it is in use, damaged, another program's, or cannot be made.
            OSError: there is no such folder, or no permission.
        """
        super().__init__()
        self._owned = _own(file)
        try:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            self._file, self._inode = file, os.stat(file).st_ino
            self.db = sqlite3.connect(str(file), timeout=0.2, check_same_thread=False, isolation_level=None)
        except BaseException:
            os.close(self._owned)
            raise
        try:
            self._claim()
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=FULL")
            self.db.execute(f"PRAGMA journal_size_limit={16 << 20}")
            self.db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            self.tags: dict[str, int] = dict(self.db.execute("SELECT name, id FROM tag"))
            self._read_journal()
        except BaseException:
            self.close()
            raise

    def id_of(self, tag: str) -> int:
        """Return the number of a tag; 0: nothing is kept of it."""
        return self.tags.get(tag, 0)

    def append(self, samples: Sequence[Sample]) -> None:
        """Store samples; they are on disk when this returns.

        Raises:
            sqlite3.Error: they cannot be written now; what the file's name leads to is another one, or nothing.
        """
        with self.lock:
            self._check_there()
            new = dict.fromkeys(sample.tag for sample in samples if sample.tag not in self.tags)
            ids = {name: len(self.tags) + number for number, name in enumerate(new, 1)}
            known = self.tags if not ids else {**self.tags, **ids}
            names, times, values, qualities = zip(*samples, strict=True)
            block = Block(times, [[float(known[name]) for name in names], values], bytes(qualities))
            with self.transaction():
                self.db.executemany("INSERT INTO tag VALUES (?, ?)", [(id, name) for name, id in ids.items()])
                self.db.execute("INSERT INTO journal (data) VALUES (?)", (pack(block),))
            self.tags.update(ids)
            self._remember(block)

    def settle(self) -> None:
        """Turn the journal into blocks."""
        with self.lock:
            if not self.unsettled:
                return
            with self.transaction():
                for tag in self._young:
                    self.store(tag, RAW, self._young_of(tag))
                self.db.execute("DELETE FROM journal")
            self._young.clear()
            self.unsettled = 0

    def store(self, tag: int, level: int, block: Block) -> None:
        """Add rows, sorted by time, as blocks. Inside a transaction.

        Smaller blocks right before them become one with them, so that a row is written a few times until its block is
        full, however few come at once. A block keeps its id whatever becomes of it: the id says which of two values at
        one time came later.
        """
        before = self._smaller(tag, level, block)
        for _, rows in before:
            block = _joined(rows, block)
        ids = [id for id, _ in reversed(before)]
        for at in range(0, len(block.times), FULL):
            self.replace(ids.pop(0) if ids else self._new(tag, level), _rows(block, at, at + FULL))
        for id in ids:
            self.replace(id, NOTHING)

    def _smaller(self, tag: int, level: int, block: Block) -> list[tuple[int, Block]]:
        """Return the blocks that end before rows begin and are no larger than what stands behind them, newest first."""
        query = "SELECT id, first, last, count FROM block WHERE tag = ? AND level = ? ORDER BY last DESC LIMIT 12"
        begin, behind = block.times[0], len(block.times)
        found = []
        for id, first, last, count in self.db.execute(query, (tag, level)).fetchall():
            if last >= begin or count > min(behind, FULL - 1):
                break
            before = self.unpacked(self.db.execute("SELECT data FROM block WHERE id = ?", (id,)).fetchone()[0])
            if before is None:
                break
            found.append((id, before))
            begin, behind = first, behind + count
        return found

    def _new(self, tag: int, level: int) -> int:
        """Return the id of a block that is still empty. Inside a transaction."""
        change = "INSERT INTO block (tag, level, first, last, count, data) VALUES (?, ?, 0, 0, 0, x'')"
        id = self.db.execute(change, (tag, level)).lastrowid
        assert id is not None
        return id

    def replace(self, id: int, block: Block) -> None:
        """Put other rows into a block; one without rows goes. Inside a transaction."""
        times = block.times
        if not times:
            self.db.execute("DELETE FROM block WHERE id = ?", (id,))
            return
        change = "UPDATE block SET first = ?, last = ?, count = ?, data = ? WHERE id = ?"
        self.db.execute(change, (times[0], times[-1], len(times), pack(block), id))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside happen together or not at all."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk may have undone it already
                self.db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.db.close()
            if self._owned >= 0:
                os.close(self._owned)
                self._owned = -1

    def _check_there(self) -> None:
        """See to it that what is written can be found again: a file that is deleted while open lives on unseen."""
        try:
            there = os.stat(self._file).st_ino == self._inode
        except FileNotFoundError:
            there = False
        if not there:
            raise sqlite3.OperationalError(
                "the file was moved away or deleted: put it back, or stop the flow and start it to begin a new one"
            )

    def _claim(self) -> None:
        """See to it that the file is an archive or empty: no other program's tables are to be locked or added to."""
        if self.db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            if self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError("it is an SQLite file of another program: name one that is not there yet")
            self.db.execute(f"PRAGMA application_id={APPLICATION}")


def _own(file: Path) -> int:
    """Return the descriptor of a lock on the file, which goes with its process.

    Of two that write one journal each would miss what the other has in memory. SQLite's own locks would keep out those
    who copy the file, too.

    Raises:
        sqlite3.OperationalError: another has it.
        OSError: there is no such folder, or no permission.
    """
    import fcntl

    owned = os.open(file.with_name(f"{file.name}-lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(owned)
        raise sqlite3.OperationalError("database is locked") from error
    return owned


def _rows(block: Block, begin: int, end: int) -> Block:
    cut = slice(begin, end)
    return Block(block.times[cut], [column[cut] for column in block.columns], block.quality[cut])


def _joined(before: Block, behind: Block) -> Block:
    columns = [[*old, *new] for old, new in zip(before.columns, behind.columns, strict=True)]
    return Block([*before.times, *behind.times], columns, before.quality + behind.quality)
