"""MySQL and MariaDB behind `sql/database`, by PyMySQL (extra `sql`)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, Final

from flowengine import BadData, NodeError, Refused, Retryable
from flowengine_nodes.reached import connected
from flowengine_nodes.sql.session import Values, Work, carried, columns, within
from flowengine_nodes.sql.statement import Statement

_AWAY: Final = frozenset(
    {1040, 1042, 1043, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1317, 1927, 1969}
)
"""Error numbers of the server: too many connections, broken off, shut down, a lock, a time-out."""

_UNFIT: Final = frozenset({1048, 1062, 1216, 1217, 1264, 1292, 1366, 1406, 1451, 1452, 1690, 3819, 4025})
"""Error numbers of what does not fit a column, or breaks a constraint."""

_MODE: Final = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')"
"""A backslash in a text is one, as in every other database; or a statement could not be read without the server."""


def library() -> Any:
    """Return PyMySQL, imported when it is first needed.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import pymysql
    except ImportError as error:
        raise ValueError(f"MySQL needs PyMySQL: pip install 'flowengine-ot[sql]' ({error})") from None
    return pymysql


def encryption(tls: str, ca: str) -> dict[str, Any]:
    """Return PyMySQL's settings for `verify-full`, `require` and `off`.

    Raises:
        Refused: the CA file cannot be read.
    """
    if tls == "off":
        return {"ssl_disabled": True}
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise Refused(f"ca {ca}: {error.strerror or error}") from None
    if tls == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {"ssl": context}


class MySqlSession:
    """One session."""

    def __init__(self, settings: Mapping[str, Any], addresses: list[str], timeout: float) -> None:
        """Connect to one of the addresses, which were judged; `settings` are PyMySQL's."""
        self._pymysql = library()
        with self._said():
            self._db = self._pymysql.connect(
                **settings,
                charset="utf8mb4",
                connect_timeout=min(60, max(2, timeout)),
                read_timeout=timeout,
                write_timeout=timeout,
                program_name="flowengine",
                autocommit=False,
                defer_connect=True,
            )
            plain = connected(addresses, settings["port"], min(60, max(2, timeout)))
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._db.connect(plain)  # by itself it would look the name up again
            self._prepare()

    def write(self, work: Sequence[Work]) -> None:
        """Do all of it in one transaction, or nothing of it; making a table ends one, as always there."""
        with self._said():
            try:
                with self._db.cursor() as cursor:
                    for statement, rows in work:
                        for values in rows:
                            cursor.execute(statement.percent_text, values)
                self._db.commit()
            except BaseException:
                self._undo()
                raise

    def read(self, statement: Statement, values: Values, most: int) -> list[dict[str, Any]]:
        """Return the rows as objects; the transaction is READ ONLY."""
        with self._said(), self._db.cursor() as cursor:
            cursor.execute("SET SESSION sql_select_limit = %(most)s", {"most": most + 1})
            cursor.execute("START TRANSACTION READ ONLY")  # whatever the statement before has set for the session
            try:
                cursor.execute(statement.percent_text, values)
                if cursor.description is None:
                    raise Refused("the statement gives no rows; sql/write changes things")
                names = columns([column[0] for column in cursor.description])
                rows = within(list(cursor.fetchall()), most)
            finally:
                self._undo()
            return [dict(zip(names, map(carried, row), strict=True)) for row in rows]

    def close(self) -> None:
        """End the session."""
        if self._db.open:
            self._db.close()

    def _prepare(self) -> None:
        with self._db.cursor() as cursor:
            cursor.execute(_MODE)
        self._db.commit()

    def _undo(self) -> None:
        with suppress(self._pymysql.MySQLError):  # where the connection has gone, the server has undone it by itself
            self._db.rollback()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (self._pymysql.MySQLError, OSError) as error:
            raise _node_error(error, self._pymysql) from None
        except UnicodeEncodeError as error:
            raise BadData(f"the database does not take it: a text is no Unicode ({error.reason})") from None


def _node_error(error: Any, pymysql: ModuleType) -> NodeError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = " ".join(str(error.args[-1] if error.args else error).split())[:300]
    if code in _AWAY or 2000 <= code < 3000 or isinstance(error, pymysql.InterfaceError | OSError):
        return Retryable(f"the database is away or busy: {text}")
    if code in _UNFIT or isinstance(error, pymysql.IntegrityError | pymysql.DataError):
        return BadData(f"the database does not take it: {text}")
    return Refused(f"{text} ({code})")
