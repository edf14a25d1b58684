"""What happened to alarms, a bounded table, the newest kept; and how each stands, so that it outlasts the process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from flowengine.store.sqlite import SqliteFile

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS alarm_history (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    time     REAL NOT NULL,
    name     TEXT NOT NULL,
    what     TEXT NOT NULL,
    state    TEXT NOT NULL,
    priority TEXT NOT NULL,
    text     TEXT NOT NULL,
    by       TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS alarm_history_by_name ON alarm_history (name, id);
CREATE TABLE IF NOT EXISTS alarm_state (
    name TEXT PRIMARY KEY,
    data BLOB NOT NULL
);
"""
SPARE: Final = 1000
"""How many more than its bound the table may hold before it is cut, so that not each entry deletes one."""


class AlarmEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an alarm."""

    id: int = 0
    time: float
    """Seconds since 1970-01-01 UTC."""
    name: str
    what: str
    state: str
    priority: str
    text: str = ""
    by: str = ""


class AlarmHistory:
    """What happened to alarms. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, file: Path | None = None, most: int = 100_000) -> None:
        """Open the table in a file, or in memory; beyond `most` entries the oldest go. A damaged file is set aside."""
        self.most = most
        self._file = SqliteFile(file, SCHEMA, mend=True)
        self.damaged = self._file.damaged
        """A file that was set aside because it was damaged."""
        self._count = int(self._file.rows("SELECT count(*) FROM alarm_history")[0][0])

    def __len__(self) -> int:
        return self._count

    def add(self, entry: AlarmEntry) -> None:
        """Store an entry; it is on disk when this returns."""
        self.store([entry])

    def store(self, entries: Iterable[AlarmEntry], states: Mapping[str, bytes | None] | None = None) -> None:
        """Store entries, and how alarms stand (None: nothing is to be known of it); on disk when this returns."""
        names = AlarmEntry.__struct_fields__[1:]
        insert = f"INSERT INTO alarm_history ({', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        with self._file.transaction():
            for entry in entries:
                self._count += self._file.change(insert, *(getattr(entry, name) for name in names))
            for name, data in (states or {}).items():
                if data is None:
                    self._file.change("DELETE FROM alarm_state WHERE name = ?", name)
                else:
                    self._file.change("INSERT OR REPLACE INTO alarm_state VALUES (?, ?)", name, data)
            if self._count > self.most + SPARE:
                newest = self._file.rows("SELECT max(id) FROM alarm_history")[0][0]
                self._count -= self._file.change("DELETE FROM alarm_history WHERE id <= ?", newest - self.most)

    def states(self) -> dict[str, bytes]:
        """Return how alarms stood when that was stored last, by name."""
        return dict(self._file.rows("SELECT name, data FROM alarm_state"))

    def find(self, name: str = "", most: int = 100, before: int = 0) -> list[AlarmEntry]:
        """Return entries, the newest first: of one alarm, with numbers below `before`."""
        where, values = ["1"], []
        for column, value in (("name = ?", name), ("id < ?", before)):
            if value:
                where.append(column)
                values.append(value)
        query = f"SELECT * FROM alarm_history WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        names = AlarmEntry.__struct_fields__
        return [AlarmEntry(**dict(zip(names, row, strict=True))) for row in self._file.rows(query, *values, most)]

    def between(self, begin: float, end: float, name: str = "", most: int = 100) -> list[AlarmEntry]:
        """Return entries of a span, the newest first: those with a text in the alarm's name."""
        query = (
            "SELECT * FROM alarm_history WHERE time >= ? AND time <= ? AND instr(name, ?) > 0 ORDER BY id DESC LIMIT ?"
        )
        names = AlarmEntry.__struct_fields__
        rows = self._file.rows(query, begin, end, name, most)
        return [AlarmEntry(**dict(zip(names, row, strict=True))) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
