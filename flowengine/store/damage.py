"""Damaged SQLite files: found when they are opened, kept aside, and what can be read of them is taken over."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

LARGEST_CHECKED: Final = 256 * 1024 * 1024
"""Bytes of a file up to which its inner structure is checked when it is opened: about a second."""


def check_structure(db: sqlite3.Connection, file: Path) -> None:
    """Look through the structure of a file.

    Raises:
        sqlite3.DatabaseError: it is damaged; says where.
    """
    if file.stat().st_size <= LARGEST_CHECKED:
        found = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(line.replace("\n", " ") for line in found)[:500])


def is_damage(error: sqlite3.Error) -> bool:
    """Say whether an error tells of damage, and not of a disk or a lock that may be better at the next attempt."""
    return isinstance(error, sqlite3.DatabaseError) and (
        not isinstance(error, sqlite3.OperationalError) or "malformed" in str(error)
    )


def set_aside(file: Path) -> Path:
    """Give a file, and what belongs to it, a name under which nobody uses it; returns that."""
    number = 1
    while (aside := beside(file, f".damaged-{number}")).exists():
        number += 1
    for kind in ("", "-wal", "-shm"):
        if beside(file, kind).exists():
            os.replace(beside(file, kind), beside(aside, kind))
    return aside


def until_broken(rows: Callable[[], Iterable[T]]) -> Iterator[T]:
    """Return rows as far as they can be read."""
    try:
        yield from rows()
    except (sqlite3.Error, AttributeError, UnicodeError, TypeError):  # AttributeError: it could not even be opened
        return


def beside(file: Path, suffix: str) -> Path:
    """Return the file whose name has something more at its end."""
    return file.with_name(file.name + suffix)
