"""What a database system has to do for the nodes, each in a module of its own. All of it blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from flowengine import BadData
from flowengine_nodes.sql.statement import Statement

Values = dict[str, Any]


class Work(NamedTuple):
    """One message's statement, with the values for each row."""

    statement: Statement
    rows: list[Values]


class Session(Protocol):
    """One open session. Whatever goes wrong is raised as Retryable, Refused or BadData."""

    def write(self, work: Sequence[Work]) -> None:
        """Do all of it in one transaction, or nothing of it."""

    def read(self, statement: Statement, values: Values, most: int) -> list[dict[str, Any]]:
        """Return the rows as objects; changes nothing. More rows than `most` are BadData."""

    def close(self) -> None:
        """End the session."""


def within(rows: list[Any], most: int) -> list[Any]:
    """Return the rows if there are no more than `most`.

    Raises:
        BadData: there are.
    """
    if len(rows) > most:
        raise BadData(f"the answer has more than {most} rows: raise 'most', or narrow the statement down")
    return rows


def columns(names: Sequence[str]) -> Sequence[str]:
    """Return the names of the columns if they can be the keys of an object.

    Raises:
        BadData: two are alike.
    """
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadData(f"two columns of the answer are called '{twice:.60}': name one with AS")
    return names


def carried(value: Any) -> Any:
    """Return a value as messages carry it: times as seconds since 1970 where a zone is known, else ISO 8601."""
    if value is None or isinstance(value, bool | int | float | str | bytes | dict | list):
        return [carried(item) for item in value] if isinstance(value, list) else value
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() and abs(value) < 1 << 53 else float(value)
    if isinstance(value, datetime):
        return value.timestamp() if value.tzinfo is not None else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return str(value)
