"""A table of PostgreSQL with values over time, as others see it: the `Historian` of `sql/database`.

Its columns are tag (text), time (timestamptz), value (double precision) and quality (text: good, uncertain, bad), its
key is tag and time; `sql/write` fills it. It is read in transactions that change nothing. Intervals need PostgreSQL 14
or newer (`date_bin`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast, get_args

from flowengine import BadData, NodeError, Quality, Reading, Retryable
from flowengine_nodes.sql.postgresql import PostgresSession, library

AT_ONCE: Final = 5000
"""Rows that come from the server together."""

_QUALITIES: Final = get_args(Quality)

_TAGS: Final = """
WITH RECURSIVE known AS (
    (SELECT tag FROM {table} ORDER BY tag LIMIT 1)
    UNION ALL
    SELECT (SELECT tag FROM {table} WHERE tag > known.tag ORDER BY tag LIMIT 1) FROM known WHERE known.tag IS NOT NULL
)
SELECT tag FROM known WHERE tag IS NOT NULL
"""
"""From tag to tag by the index: `DISTINCT` would read the whole table."""

_ROWS: Final = """
SELECT extract(epoch FROM time)::double precision, value, quality FROM {table}
WHERE tag = %(tag)s AND time >= to_timestamp(%(begin)s) AND time <= to_timestamp(%(end)s)
"""

_SUMMARIES: Final = """
SELECT extract(epoch FROM date_bin(make_interval(secs => %(interval)s), time, to_timestamp(0)))::double precision AS at,
    avg(value) FILTER (WHERE usable), min(value) FILTER (WHERE usable), max(value) FILTER (WHERE usable),
    count(*) FILTER (WHERE usable), bool_and(usable AND quality = 'good')
FROM (
    SELECT *, (quality <> 'bad' AND value > '-Infinity' AND value < 'Infinity') IS TRUE AS usable FROM {table}
    WHERE tag = %(tag)s AND time >= to_timestamp(%(begin)s) AND time <= to_timestamp(%(end)s)
) AS kept GROUP BY at ORDER BY at
"""


class HistoryTable:
    """What stood in the table when it was opened; for one question."""

    def __init__(self, session: PostgresSession, table: str) -> None:
        self._session = session
        self._table = library().sql.Identifier(*table.split("."))

    def tags(self) -> list[str]:
        """Return all tags, sorted."""
        return sorted(tag for (tag,) in self._all(_TAGS))

    def knows(self, tag: str) -> bool:
        """Say whether there is such a tag."""
        return bool(self._all("SELECT 1 FROM {table} WHERE tag = %(tag)s LIMIT 1", tag=tag))

    def last(self, tag: str) -> Reading | None:
        """Return the newest value of a tag, or None."""
        found = self._all(f"{_ROWS} ORDER BY time DESC LIMIT 1", tag=tag, begin=-math.inf, end=math.inf)
        return _reading(found[0]) if found else None

    def about(self, tag: str, begin: float, end: float) -> int:
        """Return how many rows of a span the server expects to find: it does not count them."""
        plan = self._all(f"EXPLAIN (FORMAT JSON) {_ROWS}", tag=tag, begin=begin, end=end)
        return int(plan[0][0][0]["Plan"]["Plan Rows"])

    def values(self, tag: str, begin: float, end: float) -> Iterator[Reading]:
        """Give what is kept of a tag in a span, in order of time, some rows at a time."""
        asked = {"tag": tag, "begin": begin, "end": end}
        yield from map(_reading, self._session.stream(self._query(f"{_ROWS} ORDER BY time"), asked, AT_ONCE))

    def summaries(self, tag: str, begin: float, end: float, interval: float) -> list[Reading]:
        """Return summaries of the intervals of a span."""
        asked = {"tag": tag, "begin": begin, "end": end, "interval": interval}
        return [
            Reading(at, mean, "bad" if not count else "good" if good else "uncertain", low, high, count)
            for at, mean, low, high, count, good in self._all(_SUMMARIES, **asked)
        ]

    def _all(self, text: str, **values: Any) -> list[Sequence[Any]]:
        return list(self._session.stream(self._query(text), values, 0))

    def _query(self, text: str) -> Any:
        return library().sql.SQL(text).format(table=self._table)


@contextmanager
def reading(session: Callable[[], PostgresSession], table: str, where: str) -> Iterator[HistoryTable]:
    """Have a table open to be read.

    Raises:
        Retryable: it cannot be read now; what goes wrong while it is open is said in the same way.
    """
    try:
        opened = session()
        try:
            yield HistoryTable(opened, table)
        finally:
            opened.close()
    except BadData:
        raise
    except NodeError as error:
        raise Retryable(f"cannot read the history in the table {table} of {where}: {error}") from error


def _reading(row: Sequence[Any]) -> Reading:
    time, value, quality = row
    if quality not in _QUALITIES:
        raise BadData(f"the table has the quality '{quality:.40}': expected {', '.join(_QUALITIES)}")
    known = value is not None and math.isfinite(value)
    return Reading(time, value if known else None, cast(Quality, quality))
