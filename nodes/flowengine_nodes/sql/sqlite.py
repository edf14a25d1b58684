"""SQLite behind `sql/database`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from flowengine import BadData, NodeError, Refused, Retryable
from flowengine_nodes.sql.session import Values, Work, columns, within
from flowengine_nodes.sql.statement import Statement

_WAIT: Final = 2.0
"""Seconds to wait for another program's transaction before the runtime tries again."""

_STEPS: Final = 20_000
"""Steps of SQLite's machine between two looks at the time."""

_AWAY: Final = {
    sqlite3.SQLITE_BUSY: "another program is writing",
    sqlite3.SQLITE_LOCKED: "another program is writing",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_INTERRUPT: "it took longer than 'timeout'",
}
_UNFIT: Final = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG}


class SqliteSession:
    """One connection to a file, to read or to write."""

    def __init__(self, file: str, reading: bool, timeout: float, now: Callable[[], float]) -> None:
        """Open the file, which is made if it is not there; `now` gives seconds of a clock that never goes back."""
        self._timeout, self._now, self._until = timeout, now, 0.0
        with _said(file):
            self._db = sqlite3.connect(file, timeout=_WAIT, check_same_thread=False, isolation_level=None)
            self._db.set_progress_handler(self._late, _STEPS)
            self._begin()
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
            self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens it; says if it is no database
            if reading:
                self._db.set_authorizer(_reads_this_file_alone)
        self._file = file

    def write(self, work: Sequence[Work]) -> None:
        """Do all of it in one transaction, or nothing of it."""
        self._begin()
        with _said(self._file):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for statement, rows in work:
                    self._db.executemany(statement.text, rows)
                self._db.execute("COMMIT")
            except BaseException:
                self._until = float("inf")
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def read(self, statement: Statement, values: Values, most: int) -> list[dict[str, Any]]:
        """Return the rows as objects; a statement that would change something is refused."""
        self._begin()
        with _said(self._file):
            cursor = self._db.execute(statement.text, values)
            names = columns([column[0] for column in cursor.description or ()])
            rows = within(cursor.fetchmany(most + 1), most)
            cursor.close()
            return [dict(zip(names, row, strict=True)) for row in rows]

    def close(self) -> None:
        """End the session."""
        self._db.close()

    def _begin(self) -> None:
        self._until = self._now() + self._timeout

    def _late(self) -> bool:
        return self._now() > self._until


def _reads_this_file_alone(action: int, name: str | None, value: str | None, *_: str | None) -> int:
    """Let a statement neither bring in or make another file (VACUUM INTO attaches one) nor end the reading."""
    ends = action == sqlite3.SQLITE_PRAGMA and value is not None and (name or "").casefold() == "query_only"
    return sqlite3.SQLITE_DENY if ends or action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


@contextmanager
def _said(file: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _node_error(error, file) from None
    except UnicodeEncodeError as error:
        raise BadData(f"{file} does not take it: a text is no Unicode ({error.reason})") from None


def _node_error(error: sqlite3.Error, file: str) -> NodeError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary one
    if code == sqlite3.SQLITE_AUTH:
        return Refused(f"{file}: a query reads this file and no other, and changes nothing; sql/write does")
    if code in _AWAY:
        return Retryable(f"{file}: {_AWAY[code]}")
    if code in _UNFIT or isinstance(error, sqlite3.DataError | sqlite3.IntegrityError):
        return BadData(f"{file} does not take it: {error}")
    return Refused(f"{file}: {error}")
