"""A copy of everything that the engine keeps, made while it runs, and its way back."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from flowengine.errors import NotAllowed, NotFound
from flowengine.store.checkpoints import copy_database

LEFT_OUT = ("-wal", "-shm", "-journal")
"""Endings of files that belong to a database and are in its copy."""


def backup(folder: Path, target: Path) -> list[Path]:
    """Copy what is kept in a folder into another one; each database is copied as of one instant.

    Returns what was copied, relative to the folder.

    Raises:
        NotFound: nothing is kept there.
        NotAllowed: there is something in the target already.
        OSError, sqlite3.Error: the copy could not be made.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder in which an engine keeps anything")
    return _copied(folder, target)


def restore(copy: Path, folder: Path) -> list[Path]:
    """Put a copy in the place of what is kept; the engine must not run.

    Raises:
        NotFound: there is no copy.
        NotAllowed: there is something in the folder already: move it away first.
        OSError, sqlite3.Error: the copy cannot be read.
    """
    if not copy.is_dir() or not any(copy.iterdir()):
        raise NotFound(f"{copy} holds no backup")
    return _copied(copy, folder)


def _copied(source: Path, target: Path) -> list[Path]:
    if target.exists() and any(file.name != ".gitignore" for file in target.iterdir()):
        raise NotAllowed(f"{target} is not empty: move away what is there first")
    done = []
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        if not file.is_file() or file.name.endswith(LEFT_OUT):
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".sqlite":
            _copy_sound(file, target / name)
        else:
            shutil.copy2(file, target / name)
        done.append(name)
    return done


def _copy_sound(file: Path, target: Path) -> None:
    copy_database(file, target)
    db = sqlite3.connect(target)
    try:
        found = [str(row[0]) for row in db.execute("PRAGMA quick_check(1)")]
    finally:
        db.close()
    if found != ["ok"]:
        raise sqlite3.DatabaseError(f"{file} is damaged: {found[0]}")
