"""A copy of everything that the engine keeps, made while it runs, and its way back.

What stands in the state folder keeps its place in the copy. Files that connections keep elsewhere, such as a
historian's, are in its folder `elsewhere`, under numbers; `elsewhere/places.json` says where they belong.

While a folder is being filled a file `unfinished` stands in it, so that half a copy, or half of what was restored, is
never taken for the whole. A restore that was interrupted is called again; until then no engine starts there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from flowengine.errors import NotAllowed, NotFound
from flowengine.store.checkpoints import copy_database
from flowengine.store.holding import FILE, UNFINISHED, HeldFolder

LEFT_OUT = ("-wal", "-shm", "-journal", "-lock")
"""Endings of files that belong to a database and are in its copy."""

ELSEWHERE: Final = "elsewhere"
PLACES: Final = "places.json"

_HEADER: Final = b"SQLite format 3\0"

_STAYS: Final = (".gitignore", FILE)
"""What stands in the folder of an engine that has kept nothing yet."""


def backup(folder: Path, target: Path, elsewhere: Iterable[Path] = ()) -> list[Path]:
    """Copy what is kept in a folder, and files elsewhere, into another folder; each database as of one instant.

    Returns what was copied: relative to the folder, or the file elsewhere.

    Raises:
        NotFound: nothing is kept there.
        NotAllowed: there is something in the target already, or a restore into the folder was interrupted.
        OSError, sqlite3.Error: the copy could not be made.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder in which an engine keeps anything")
    if (folder / UNFINISHED).exists():
        raise NotAllowed(f"a restore into {folder} was interrupted, so not all is there: call flowengine restore again")
    _check_empty(target)
    with _being_filled(target):
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
        NotAllowed: there is something in the folder, or at the place of such a file, already: move it away first. Or
            the copy is half of one, or the engine runs.
        OSError, sqlite3.Error: the copy cannot be read.
    """
    if not copy.is_dir() or not any(copy.iterdir()):
        raise NotFound(f"{copy} holds no backup")
    if (copy / UNFINISHED).exists():
        raise NotAllowed(f"the backup in {copy} was interrupted, so not all is there: restore another one")
    places = _places(copy)
    held = HeldFolder(folder, unfinished=True)
    try:
        left = _left_by_an_interrupted_one(folder)
        if left is None:
            _check_empty(folder)
        for file in places.values():
            if file.exists() and str(file) not in (left or ()):
                raise NotAllowed(f"{file} is there: move it away first")
        _clear(folder, but=UNFINISHED)
        with _being_filled(folder, places.values()):
            done = _copied(copy, folder)
            for name, file in places.items():
                _copy(copy / ELSEWHERE / name, file)
                done.append(file)
    finally:
        held.let_go()
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


def _check_empty(target: Path) -> None:
    if target.exists() and any(file.name not in _STAYS for file in target.iterdir()):
        raise NotAllowed(f"{target} is not empty: move away what is there first")


@contextlib.contextmanager
def _being_filled(folder: Path, beside: Iterable[Path] = ()) -> Iterator[None]:
    """Mark a folder for as long as not all is there, in it and `beside` it; if that fails, all of it goes again."""
    folder.mkdir(parents=True, exist_ok=True)
    mark, beside = folder / UNFINISHED, list(beside)
    mark.write_text("".join(f"{file}\n" for file in beside), encoding="utf-8")
    _sync(mark)
    _sync(folder)
    try:
        yield
    except Exception:
        with contextlib.suppress(OSError):  # what has gone wrong says more
            _clear(folder)
            for file in beside:
                file.unlink(missing_ok=True)
        raise
    mark.unlink()
    _sync(folder)


def _left_by_an_interrupted_one(folder: Path) -> list[str] | None:
    """Return which files beside the folder a restore that was interrupted may have made; None: there was none."""
    try:
        return (folder / UNFINISHED).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None


def _clear(folder: Path, but: str = "") -> None:
    """Remove what an attempt has left, the mark at last."""
    for file in sorted(folder.iterdir(), key=lambda file: file.name == UNFINISHED):
        if file.is_dir():
            shutil.rmtree(file)
        elif file.name not in (*_STAYS, but):
            file.unlink()


def _copied(source: Path, target: Path) -> list[Path]:
    done = []
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        if not file.is_file() or file.name.endswith(LEFT_OUT) or name.parts[0] in (ELSEWHERE, UNFINISHED):
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
        _sync(target)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
