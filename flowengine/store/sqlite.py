"""One SQLite file that several threads, and other processes, use at the same time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from flowengine.errors import NotKept
from flowengine.store.damage import check_structure, is_damage, set_aside

WAIT: Final = 10.0
"""Seconds to wait for another process that writes."""

FORM: Final = 1
"""The form of all tables that this version makes and reads; it stands in a file as its `user_version`, 0 at first."""


class SqliteFile:
    """A file with the tables of one idea in it; other ideas may keep theirs in the same file.

    Everything raises `NotKept` where the disk does not take it, or give it, now.
    """

    damaged: Path | None = None
    """A file that was set aside because it was damaged."""

    def __init__(
        self, file: Path | None, schema: str, wait: float = WAIT, mend: bool = False, synced: bool = True
    ) -> None:
        """Open the file, readable by its owner alone, or a database in memory, and make what is missing in it.

        `mend`: look through its structure; a damaged file, which nobody else may use then, is set aside. `synced`: what
        is written is on disk when that returns; else a power cut may undo the last of it.

        Raises:
            OSError: it cannot be used; says which file it is.
        """
        self._file = file
        try:
            self._open(file, schema, wait, mend, synced)
        except sqlite3.Error as error:
            if not is_damage(error) or file is None:
                raise OSError(f"{file}: {error}") from error
            if not mend:
                raise OSError(
                    f"{file} is damaged: {error}; restore a backup, or move it away to begin without what it holds"
                ) from error
            self.damaged = set_aside(file)
            self._open(file, schema, wait, False, synced)

    def _open(self, file: Path | None, schema: str, wait: float, mend: bool, synced: bool) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # never one that is there: closing it would drop SQLite's locks
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(file or ":memory:"), timeout=wait, check_same_thread=False, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={'FULL' if synced else 'NORMAL'}")
            note_form(self._db, file)
            self._db.executescript(schema)
            if mend and file is not None:
                check_structure(self._db, file)
        except (OSError, sqlite3.Error):
            self._db.close()
            raise

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return what a query finds."""
        with self._at_disk():
            return self._db.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Run one statement; returns how many rows it changed."""
        with self._at_disk():
            return self._db.execute(statement, values).rowcount

    def change_all(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each row of values; returns how many rows it changed."""
        with self._at_disk():
            return self._db.executemany(statement, rows).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside happen together or not at all; no other process writes in between. May be nested."""
        with self._at_disk():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # of a full disk SQLite itself has gone back already
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _at_disk(self) -> Iterator[None]:
        """Have the file for oneself, and say which it is where the disk fails."""
        with self._lock:
            try:
                yield
            except sqlite3.OperationalError as error:
                name = self._file.name if self._file is not None else "memory"  # no path: anybody may be told
                raise NotKept(f"{name}: {error}; see that it can be written to and that its disk has room") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def note_form(db: sqlite3.Connection, file: Path | None) -> None:
    """Note the form of its tables in a database, before they are made.

    Raises:
        OSError: a later version has written the file, which is left as it is.
    """
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > FORM:
        raise OSError(
            f"{file} is of a later version of flowengine (form {found}, this one knows {FORM}): "
            "run that version, or restore a backup that this one has made"
        )
    if found < FORM:
        db.execute(f"PRAGMA user_version={FORM}")
