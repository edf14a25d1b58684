"""Revisions where there is no git: a table in the folder's own SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowengine.clock import Clock
from flowengine.errors import NotFound, NotKept
from flowengine.store.revisions import MOST_ENTRIES, Entry, Recorded, Written, revision_of
from flowengine.store.sqlite import SqliteFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS revisions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    file     TEXT NOT NULL,
    revision TEXT NOT NULL,
    at       REAL NOT NULL,
    author   TEXT NOT NULL,
    message  TEXT NOT NULL,
    text     TEXT
);
CREATE INDEX IF NOT EXISTS revisions_by_file ON revisions (file, id);
"""

FOUND = "as it was found"
"""The message of a content that nobody deployed: it stood in the file before."""

_SHOWN = "id, revision, at, author, message"


class KeptRevisions:
    """Revisions by the name of their file; of each file the newest `most` are kept, the oldest go."""

    git = False
    branch = ""

    def __init__(self, file: Path | None = None, clock: Clock | None = None, most: int = 1000, note: str = "") -> None:
        """Open the table in a file, or in memory."""
        self.most = most
        self.note = note
        self._clock = clock or Clock()
        self._db = SqliteFile(file, SCHEMA)

    def record(self, files: Sequence[Written], message: str, author: str) -> Recorded:
        """Keep what a deploy has written; see `Revisions`."""
        try:
            with self._db.transaction():
                for written in files:
                    self._record(written, message, author)
        except (NotKept, sqlite3.Error) as error:
            return Recorded(warning=f"the revision could not be kept, there is no way back to it: {error}")
        return Recorded()

    def _record(self, written: Written, message: str, author: str) -> None:
        name = written.file.name
        if written.was is not None:
            self._db.change("UPDATE revisions SET file = ? WHERE file = ?", name, written.was.name)
        newest = self._db.rows("SELECT revision FROM revisions WHERE file = ? ORDER BY id DESC LIMIT 1", name)
        before = revision_of(written.before)
        if before and (not newest or newest[0][0] != before):  # the way back leads there too
            self._add(name, written.before, before, "", FOUND)
        self._add(name, written.text, revision_of(written.text), author, message)
        self._db.change(
            "DELETE FROM revisions WHERE file = ?1 AND id <= (SELECT id FROM revisions WHERE file = ?1 "
            "ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            name,
            self.most,
        )

    def _add(self, name: str, text: str | None, revision: str, author: str, message: str) -> None:
        self._db.change(
            "INSERT INTO revisions (file, revision, at, author, message, text) VALUES (?,?,?,?,?,?)",
            name,
            revision,
            self._clock.now(),
            *(_storable(value) for value in (author, message, text)),
        )

    def history(self, file: Path, most: int = MOST_ENTRIES) -> list[Entry]:
        """Return the revisions of a file, the newest first."""
        rows = self._db.rows(f"SELECT {_SHOWN} FROM revisions WHERE file = ? ORDER BY id DESC LIMIT ?", file.name, most)
        return [_entry(row) for row in rows]

    def content(self, file: Path, id: str) -> tuple[Entry, str | None]:
        """Return one revision and its text; see `Revisions`."""
        number = int(id) if id.isascii() and id.isdecimal() and len(id) < 19 else 0
        rows = self._db.rows(f"SELECT {_SHOWN}, text FROM revisions WHERE file = ? AND id = ?", file.name, number)
        if not rows:
            raise NotFound(f"{file.name} has no revision '{id[:100]}'")
        return _entry(rows[0][:-1]), rows[0][-1]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _entry(row: Any) -> Entry:
    return Entry(str(row[0]), *row[1:])


def _storable(text: str | None) -> str | None:
    """SQLite takes no lone surrogates."""
    return text if text is None else text.encode("utf-8", "replace").decode()
