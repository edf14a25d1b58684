"""PostgreSQL behind `sql/database`, by psycopg (extra `sql`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from flowengine import BadData, NodeError, Refused, Retryable
from flowengine_nodes.sql.session import Values, Work, carried, columns, within
from flowengine_nodes.sql.statement import Statement

if TYPE_CHECKING:
    import psycopg

_AWAY: Final = ("08", "40", "53", "57P", "58", "55P03", "57014", "25P03")
"""SQLSTATE, or its beginning (PostgreSQL's appendix A): connection, rollback of a transaction, resources, shutdown,
system, a lock, a time-out."""

_UNFIT: Final = ("22", "23")
"""Data that does not fit; a constraint."""


def library() -> ModuleType:
    """Return psycopg, imported when it is first needed.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise ValueError(f"PostgreSQL needs psycopg: pip install 'flowengine-ot[sql]' ({error})") from None
    return psycopg


class PostgresSession:
    """One session, to read or to write."""

    def __init__(self, settings: Mapping[str, Any], reading: bool, timeout: float) -> None:
        """Connect; `settings` are libpq's parameters."""
        self._psycopg = library()
        self._reading = reading
        with self._said():
            self._db: psycopg.Connection[tuple[Any, ...]] = self._psycopg.connect(
                **settings,
                connect_timeout=max(2, math.ceil(timeout)),
                options=f"-c statement_timeout={round(timeout * 1000)} -c lock_timeout={round(timeout * 1000)}",
                application_name="flowengine",
                autocommit=False,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )
            self._db.read_only = reading

    def write(self, work: Sequence[Work]) -> None:
        """Do all of it in one transaction, or nothing of it."""
        with self._said(), self._db.transaction(), self._db.cursor() as cursor:
            for statement, rows in work:
                cursor.executemany(statement.percent_text.encode(), rows)

    def read(self, statement: Statement, values: Values, most: int) -> list[dict[str, Any]]:
        """Return the rows as objects; the transaction is READ ONLY."""
        with self._said(), self._db.transaction(), self._db.cursor() as cursor:
            cursor.execute(statement.percent_text.encode(), values)
            if cursor.description is None:
                raise Refused("the statement gives no rows; sql/write changes things")
            names = columns([column.name for column in cursor.description])
            rows = within(cursor.fetchmany(most + 1), most)
            return [dict(zip(names, map(carried, row), strict=True)) for row in rows]

    def stream(self, query: Any, values: Values, at_once: int) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a query that changes nothing, so many at a time as they are asked for; 0: all together."""
        with self._said(), self._db.transaction(), self._db.cursor("rows" if at_once else "") as cursor:
            if at_once:
                cursor.itersize = at_once
            cursor.execute(query, values)
            yield from cursor

    def close(self) -> None:
        """End the session."""
        self._db.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            raise _node_error(error) from None
        except UnicodeEncodeError as error:
            raise BadData(f"the database does not take it: a text is no Unicode ({error.reason})") from None


def _node_error(error: Any) -> NodeError:
    code = error.sqlstate or ""
    text = " ".join(str(error).split())[:300]
    if not code and type(error).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError"):
        return Retryable(f"the database is away: {text}")
    if code.startswith(_AWAY):
        return Retryable(f"the database is away or busy ({code}): {text}")
    if code.startswith(_UNFIT) or not code:
        return BadData(f"the database does not take it: {text}")
    return Refused(f"{text} ({code})")
