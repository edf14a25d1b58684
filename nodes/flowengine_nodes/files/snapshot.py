"""What files there are, and what has changed between two looks. Blocking."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

Event = Literal["created", "changed", "deleted"]


class Mark(NamedTuple):
    """By what a change of a file is recognised."""

    modified: int
    """Nanoseconds since 1970."""
    size: int
    inode: int


class TooManyFiles(Exception):
    """There are more files than may be watched."""


def look(where: str, recursive: bool, most: int) -> dict[str, Mark]:
    """Return the files of a folder, or those a glob pattern such as `/data/in/*.csv` matches; a file alone, too.

    Raises:
        TooManyFiles: there are more than `most`.
        OSError: the folder cannot be read.
    """
    found: dict[str, Mark] = {}
    for path in _paths(where, recursive):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue  # gone in the meantime
        if not _is_file(stat.st_mode):
            continue
        if len(found) >= most:
            raise TooManyFiles(f"{where} holds more than {most} files")
        found[str(path)] = Mark(stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def changes(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> list[tuple[Event, str]]:
    """Return what has happened to which file, by path."""
    events: list[tuple[Event, str]] = [("deleted", path) for path in before if path not in after]
    for path, mark in after.items():
        if path not in before:
            events.append(("created", path))
        elif before[path] != mark:
            events.append(("changed", path))
    return sorted(events, key=lambda event: event[1])


def _paths(where: str, recursive: bool) -> Iterator[Path]:
    path = Path(where)
    if not _is_pattern(path.name):
        if not path.is_dir():
            return iter([path] if path.exists() else [])
        return _within(path, recursive)
    name = path.name
    return (found for found in _within(path.parent, recursive) if PurePath(found.name).match(name))


def _within(folder: Path, recursive: bool) -> Iterator[Path]:
    if not recursive:
        with os.scandir(folder) as entries:
            yield from (Path(entry.path) for entry in entries)
        return
    for parent, _, names in os.walk(folder):  # does not follow links, so it ends
        yield from (Path(parent, name) for name in names)


def _is_pattern(name: str) -> bool:
    return any(character in name for character in "*?[")


def _is_file(mode: int) -> bool:
    import stat

    return stat.S_ISREG(mode)
