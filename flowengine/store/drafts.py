"""Drafts: what each user was editing. A draft never runs, and nobody but its user sees it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowengine.clock import Clock
from flowengine.errors import NotFound, OutOfDate, TooLarge
from flowengine.store.sqlite import SqliteFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (
    user     TEXT NOT NULL COLLATE NOCASE,
    flow     TEXT NOT NULL,
    base     TEXT NOT NULL,
    revision TEXT NOT NULL,
    saved    REAL NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (user, flow)
) WITHOUT ROWID;
"""

LARGEST = 2 * 1024 * 1024
"""Bytes of one draft."""
MOST = 200
"""Drafts of one user."""


@dataclass(frozen=True)
class DraftSummary:
    """A draft without its content."""

    name: str
    base: str
    """The revision of the flow that the edit began with; empty: a new flow."""
    revision: str
    """Names this content of the draft."""
    saved: float
    """Seconds since 1970-01-01 UTC."""


@dataclass(frozen=True)
class Draft:
    """A draft with its content, as a flow file has it."""

    flow: Mapping[str, Any] | None
    """None: the flow is to be removed."""
    base: str
    revision: str
    saved: float


class Drafts:
    """The drafts of all users. Safe to use from any thread; each call may wait for the disk.

    `expected` is the revision that the caller knows: another one stands there when a second tab was faster. An empty
    one says that there must be none yet, None that anything may be replaced.
    """

    def __init__(
        self, file: Path | None = None, clock: Clock | None = None, largest: int = LARGEST, most: int = MOST
    ) -> None:
        """Open the table in a file, or in memory."""
        self._largest, self._most = largest, most
        self._clock = clock or Clock()
        self._db = SqliteFile(file, SCHEMA)

    def all(self, user: str) -> list[DraftSummary]:
        """Return a user's drafts, by name."""
        rows = self._db.rows("SELECT flow, base, revision, saved FROM drafts WHERE user = ? ORDER BY flow", user)
        return [DraftSummary(*row) for row in rows]

    def names(self, user: str) -> set[str]:
        """Return the flows of which a user has a draft."""
        return {row[0] for row in self._db.rows("SELECT flow FROM drafts WHERE user = ?", user)}

    def get(self, user: str, flow: str) -> Draft | None:
        """Return a draft, or None."""
        query = "SELECT text, base, revision, saved FROM drafts WHERE user = ? AND flow = ?"
        rows = self._db.rows(query, user, flow)
        return Draft(json.loads(rows[0][0]), *rows[0][1:]) if rows else None

    def put(self, user: str, name: str, flow: Mapping[str, Any] | None, base: str, expected: str | None) -> Draft:
        """Keep a draft.

        Raises:
            OutOfDate: another content than the expected one stands there.
            TooLarge: the draft is too large, or the user has too many.
        """
        text = json.dumps(flow, separators=(",", ":"))
        if len(text) > self._largest:
            raise TooLarge(f"a draft may have {self._largest / 2**20:.3g} MiB, this one has {len(text) / 2**20:.3g}")
        draft = Draft(flow, base, hashlib.sha256(f"{base}\n{text}".encode()).hexdigest()[:16], self._clock.now())
        with self._db.transaction():
            known = self._check(user, name, expected)
            if not known and len(self.names(user)) >= self._most:
                raise TooLarge(f"you have {self._most} drafts, the most there may be: deploy or drop some")
            self._db.change(
                "INSERT OR REPLACE INTO drafts (user, flow, base, revision, saved, text) VALUES (?,?,?,?,?,?)",
                user, name, base, draft.revision, draft.saved, text,
            )  # fmt: skip
        return draft

    def delete(self, user: str, name: str, expected: str | None) -> None:
        """Drop a draft.

        Raises:
            OutOfDate: another content than the expected one stands there.
            NotFound: there is no such draft.
        """
        with self._db.transaction():
            if not self._check(user, name, expected):
                raise NotFound(f"you have no draft of '{name[:100]}'")
            self._db.change("DELETE FROM drafts WHERE user = ? AND flow = ?", user, name)

    def _check(self, user: str, name: str, expected: str | None) -> str:
        """Return the revision that stands there, empty if there is none."""
        rows = self._db.rows("SELECT revision FROM drafts WHERE user = ? AND flow = ?", user, name)
        current = str(rows[0][0]) if rows else ""
        if expected is not None and expected != current:
            raise OutOfDate(f"the draft of '{name[:100]}' has been changed in another tab")
        return current

    def close(self) -> None:
        """Close the file."""
        self._db.close()
