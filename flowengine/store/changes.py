"""Changes that wait for their two yeses: what they would put in place of what, and what was found out about them.

Only what pages show is kept here. Who asked and who said yes is in the record, and only that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from flowengine.errors import NotFound, TooLarge
from flowengine.store.sqlite import SqliteFile

State = Literal["open", "glass", "deployed", "rejected", "withdrawn", "expired"]
"""glass: it runs by one person's act alone, for a while."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS changes (
    id       INTEGER PRIMARY KEY,
    author   TEXT NOT NULL,
    at       REAL NOT NULL,
    message  TEXT NOT NULL,
    state    TEXT NOT NULL,
    base     TEXT NOT NULL,
    content  TEXT NOT NULL,
    files    TEXT NOT NULL,
    evidence TEXT NOT NULL,
    closed   REAL NOT NULL DEFAULT 0,
    closer   TEXT NOT NULL DEFAULT '',
    reason   TEXT NOT NULL DEFAULT '',
    until    REAL NOT NULL DEFAULT 0,
    revision TEXT NOT NULL DEFAULT ''
);
"""

MOST_OPEN: Final = 100
MOST: Final = 2000
"""Changes that are kept, the newest; those that are open stay."""

_FIELDS: Final = (
    "id, author, at, message, state, base, content, files, evidence, closed, closer, reason, until, revision"
)


@dataclass(frozen=True)
class Change:
    """One change. Times are seconds since 1970-01-01 UTC, 0: not yet."""

    id: int
    author: str
    at: float
    message: str
    state: State
    base: str
    """The hash of the content that ran when it was asked for."""
    content: str
    """The hash of the content that would run."""
    files: Mapping[str, tuple[str | None, str | None]]
    """File -> what it held, and what it is to hold; None: it is not there."""
    evidence: Mapping[str, Any]
    """What it reaches, what became of the tests, what it would have written on recorded readings."""
    closed: float = 0.0
    closer: str = ""
    reason: str = ""
    until: float = 0.0
    """For glass: when it falls back."""
    revision: str = ""
    """The git commit that it became."""


class Changes:
    """The table of changes. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, file: Path | None) -> None:
        """Open the table in a file, or in memory."""
        self._db = SqliteFile(file, SCHEMA)

    def add(self, change: Change) -> None:
        """Keep a new change; the oldest that are closed go.

        Raises:
            TooLarge: too many are open.
        """
        with self._db.transaction():
            if self._db.rows("SELECT count(*) FROM changes WHERE state = 'open'")[0][0] >= MOST_OPEN:
                raise TooLarge(f"{MOST_OPEN} changes are open, which is the limit: reject or withdraw some")
            files, evidence = (msgspec.json.encode(one).decode() for one in (change.files, change.evidence))
            self._db.change(
                f"INSERT INTO changes ({_FIELDS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                *(change.id, change.author, change.at, change.message, change.state, change.base, change.content),
                *(files, evidence, change.closed, change.closer, change.reason, change.until, change.revision),
            )
            self._db.change(
                "DELETE FROM changes WHERE state NOT IN ('open', 'glass') AND id NOT IN "
                "(SELECT id FROM changes ORDER BY id DESC LIMIT ?)",
                MOST,
            )

    def all(self, most: int = 200) -> list[Change]:
        """Return the changes, the newest first."""
        return [_change(row) for row in self._db.rows(f"SELECT {_FIELDS} FROM changes ORDER BY id DESC LIMIT ?", most)]

    def get(self, id: int) -> Change:
        """Return one.

        Raises:
            NotFound: there is none of that number.
        """
        rows = self._db.rows(f"SELECT {_FIELDS} FROM changes WHERE id = ?", id)
        if not rows:
            raise NotFound(f"there is no change {id}")
        return _change(rows[0])

    def open(self) -> list[Change]:
        """Return those that wait, or run for a while."""
        query = f"SELECT {_FIELDS} FROM changes WHERE state IN ('open', 'glass') ORDER BY id"
        return [_change(row) for row in self._db.rows(query)]

    def highest(self) -> int:
        """Return the highest number that was given."""
        return int(self._db.rows("SELECT coalesce(max(id), 0) FROM changes")[0][0])

    def move(self, id: int, state: State, at: float, who: str, reason: str = "", until: float = 0.0) -> None:
        """Note what became of one."""
        self._db.change(
            "UPDATE changes SET state = ?, closed = ?, closer = ?, reason = ?, until = ? WHERE id = ?",
            *(state, at, who, reason, until, id),
        )

    def became(self, id: int, revision: str) -> None:
        """Note the commit that one became."""
        self._db.change("UPDATE changes SET revision = ? WHERE id = ?", revision, id)

    def note(self, id: int, what: str, found: Any) -> None:
        """Put something that was found out beside what is known of one; one that is gone stays gone."""
        with self._db.transaction():
            for (text,) in self._db.rows("SELECT evidence FROM changes WHERE id = ?", id):
                evidence = {**msgspec.json.decode(text), what: found}
                self._db.change(
                    "UPDATE changes SET evidence = ? WHERE id = ?", msgspec.json.encode(evidence).decode(), id
                )

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _change(row: Any) -> Change:
    values = list(row)
    values[7] = msgspec.json.decode(row[7], type=dict[str, tuple[str | None, str | None]])
    values[8] = msgspec.json.decode(row[8])
    return Change(*values)
