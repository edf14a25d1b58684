"""A copy of everything that the engine keeps, made while it runs, and its way back.

What stands in the state folder keeps its place in the copy. Files that connections keep elsewhere, such as a
historian's, are in its folder `elsewhere`, under numbers; `elsewhere/places.json` says where they belong.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from flowengine.errors import NotAllowed, NotFound
from flowengine.store.checkpoints import copy_database

LEFT_OUT = ("-wal", "-shm", "-journal", "-lock")
"""Endings of files that belong to a database and are in its copy."""

ELSEWHERE: Final = "elsewhere"
PLACES: Final = "places.json"

_HEADER: Final = b"SQLite format 3\0"


def backup(folder: Path, target: Path, elsewhere: Iterable[Path] = ()) -> list[Path]:
    """Copy what is kept in a folder, and files elsewhere, into another folder; each database as of one instant.

    Returns what was copied: relative to the folder, or the file elsewhere.

    Raises:
        NotFound: nothing is kept there.
        NotAllowed: there is something in the target already.
        OSError, sqlite3.Error: the copy could not be made.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder in which an engine keeps anything")
    done = _copied(folder, target)
    inside = folder.resolve()
    places: dict[str, str] = {}
    for file in sorted({file.resolve() for file in elsewhere}):
        if file.is_file() and not file.is_relative_to(inside):
            name = f"{len(places) + 1}{file.suffix}"
            _copy(file, target / ELSEWHERE / name)
            places[name] = str(file)
            done.append(file)
    if places:
        (target / ELSEWHERE / PLACES).write_bytes(msgspec.json.format(msgspec.json.encode(places)))
    return done


def restore(copy: Path, folder: Path) -> list[Path]:
    """Put a copy in the place of what is kept, and files elsewhere where they were; the engine must not run.

    Raises:
        NotFound: there is no copy.
        NotAllowed: there is something in the folder, or at the place of such a file, already: move it away first.
        OSError, sqlite3.Error: the copy cannot be read.
    """
    if not copy.is_dir() or not any(copy.iterdir()):
        raise NotFound(f"{copy} holds no backup")
    places = _places(copy)
    for file in places.values():
        if file.exists():
            raise NotAllowed(f"{file} is there: move it away first")
    done = _copied(copy, folder)
    for name, file in places.items():
        _copy(copy / ELSEWHERE / name, file)
        done.append(file)
    return done


def _places(copy: Path) -> dict[str, Path]:
    try:
        raw = (copy / ELSEWHERE / PLACES).read_bytes()
    except FileNotFoundError:
        return {}
    try:
        found = msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise OSError(f"{copy / ELSEWHERE / PLACES} cannot be read: {error}") from error
    if any(Path(name).name != name for name in found):
        raise OSError(f"{copy / ELSEWHERE / PLACES} names a file that is not beside it")
    return {name: Path(file) for name, file in found.items()}


def _copied(source: Path, target: Path) -> list[Path]:
    if target.exists() and any(file.name != ".gitignore" for file in target.iterdir()):
        raise NotAllowed(f"{target} is not empty: move away what is there first")
    done = []
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        if not file.is_file() or file.name.endswith(LEFT_OUT) or name.parts[0] == ELSEWHERE:
            continue
        _copy(file, target / name)
        done.append(name)
    return done


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if _is_database(file):
        _copy_sound(file, target)
    else:
        shutil.copy2(file, target)


def _is_database(file: Path) -> bool:
    if file.suffix == ".sqlite":
        return True
    with file.open("rb") as stream:
        return stream.read(len(_HEADER)) == _HEADER


def _copy_sound(file: Path, target: Path) -> None:
    copy_database(file, target)
    db = sqlite3.connect(target)
    try:
        found = [str(row[0]) for row in db.execute("PRAGMA quick_check(1)")]
    finally:
        db.close()
    if found != ["ok"]:
        raise sqlite3.DatabaseError(f"{file} is damaged: {found[0]}")
