"""One SQLite file that several threads, and other processes, use at the same time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WAIT = 10.0
"""Seconds to wait for another process that writes."""


class SqliteFile:
    """A file with the tables of one idea in it; other ideas may keep theirs in the same file."""

    def __init__(self, file: Path | None, schema: str) -> None:
        """Open the file, readable by its owner alone, or a database in memory, and make what is missing in it."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # never one that is there: closing it would drop SQLite's locks
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(file or ":memory:"), timeout=WAIT, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(schema)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return what a query finds."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Run one statement; returns how many rows it changed."""
        with self._lock:
            return self._db.execute(statement, values).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside happen together or not at all; no other process writes in between."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
