"""web.sqlite: where users, sessions, one-time links and API tokens are kept."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from flowengine.errors import NotKept
from flowengine.store.sqlite import SqliteFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    name     TEXT PRIMARY KEY COLLATE NOCASE,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,
    since    REAL NOT NULL,
    seen     REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    key  TEXT PRIMARY KEY,
    user TEXT NOT NULL COLLATE NOCASE,
    csrf TEXT NOT NULL,
    since REAL NOT NULL,
    seen  REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logons (
    user      TEXT PRIMARY KEY COLLATE NOCASE,
    at        REAL NOT NULL DEFAULT 0,
    failed    INTEGER NOT NULL DEFAULT 0,
    failed_at REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS previous (
    key       TEXT PRIMARY KEY,
    at        REAL NOT NULL,
    failed    INTEGER NOT NULL,
    failed_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links (
    key   TEXT PRIMARY KEY,
    user  TEXT NOT NULL COLLATE NOCASE,
    since REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
    key     TEXT PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role    TEXT NOT NULL,
    since   REAL NOT NULL,
    expires REAL NOT NULL,
    seen    REAL NOT NULL DEFAULT 0,
    made_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sides (
    id       TEXT PRIMARY KEY,
    who      TEXT NOT NULL COLLATE NOCASE,
    side     TEXT NOT NULL CHECK (side IN ('it', 'ot')),
    given_by TEXT NOT NULL,
    since    REAL NOT NULL,
    UNIQUE (who, side)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identities (
    issuer TEXT NOT NULL,
    sub    TEXT NOT NULL,
    user   TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (issuer, sub)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    grp  TEXT NOT NULL COLLATE NOCASE,
    user TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (grp, user)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS permissions (
    who      TEXT NOT NULL COLLATE NOCASE,
    may      TEXT NOT NULL CHECK (may IN ('viewer', 'operator', 'editor', 'code')),
    area     TEXT NOT NULL,
    given_by TEXT NOT NULL,
    since    REAL NOT NULL,
    PRIMARY KEY (who, may, area)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Database(SqliteFile):
    """One SQLite file. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, file: Path | None = None) -> None:
        """Open the file, readable by its owner alone, or a database in memory.

        Raises:
            OSError: it cannot be used; says which file it is.
        """
        super().__init__(file, SCHEMA, synced=False)
        self._let_view()
        self._name_makers()

    def _name_makers(self) -> None:
        """Let a file that was made before tokens had a maker hold who it is."""
        there = "SELECT 1 FROM pragma_table_info('tokens') WHERE name = 'made_by'"
        if self._db.execute(there).fetchone():
            return
        with self.transaction():
            if not self._db.execute(there).fetchone():  # another process was faster
                self._db.execute("ALTER TABLE tokens ADD COLUMN made_by TEXT NOT NULL DEFAULT ''")

    def _let_view(self) -> None:
        """Let a file that was made before `viewer` could be given in an area hold such a permission."""
        of_table = "SELECT sql FROM sqlite_master WHERE name = 'permissions'"
        if "'viewer'" in self._db.execute(of_table).fetchone()[0]:
            return
        with self.transaction():
            if "'viewer'" not in self._db.execute(of_table).fetchone()[0]:  # another process was faster
                (made,) = (part for part in SCHEMA.split(";") if "EXISTS permissions" in part)
                self._db.execute("ALTER TABLE permissions RENAME TO permissions_before")
                self._db.execute(made)
                self._db.execute("INSERT INTO permissions SELECT * FROM permissions_before")
                self._db.execute("DROP TABLE permissions_before")

    def try_change(self, statement: str, *values: Any) -> None:
        """Run a statement for what need not be kept: that somebody was here must not keep him out on a full disk."""
        with contextlib.suppress(NotKept):
            self.change(statement, *values)

    def fact(self, name: str) -> str:
        """Return what was noted under a name, or an empty text."""
        found = self.rows("SELECT value FROM facts WHERE name = ?", name)
        return str(found[0][0]) if found else ""

    def note(self, name: str, value: str) -> None:
        """Note something under a name: where the canvas is served, say."""
        self.change("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value)
