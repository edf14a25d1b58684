"""The files in which one flow keeps what it holds, and what becomes of them when the flow gets another name.

Each file is moved in one step. A note beside them says from where to where, so that a start after a kill in the middle
of a deploy finds them under the name that the flow has in its folder.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Final

from flowengine.errors import DeployFailed, FlowEngineError
from flowengine.store.dead_letters import DeadLetters

CHECKPOINTS: Final = ".sqlite"
KEEPSAKES: Final = ".keepsakes.sqlite"
"""Behind a flow's name. No flow's name has a dot, so none of them is another flow's."""

NOTE: Final = ".renamed"
ASIDE: Final = ".aside.sqlite"


def files_of(folder: Path, flow: str) -> list[Path]:
    """Return the files that a flow may have."""
    kinds = ("", "-wal", "-shm")
    return [folder / f"{flow}{ending}{kind}" for ending in (CHECKPOINTS, KEEPSAKES) for kind in kinds]


def forget(folder: Path, flow: str) -> None:
    """Delete what a flow has kept."""
    for file in files_of(folder, flow):
        file.unlink(missing_ok=True)


def rename(folder: Path | None, letters: DeadLetters, old: str, new: str) -> None:
    """Have what a flow that does not run keeps, and its dead letters, belong to it under another name.

    Raises:
        DeployFailed: they could not be moved, and are where they were.
    """
    try:
        if folder is not None and any(file.exists() for file in files_of(folder, old)):
            (folder / f"{new}{NOTE}").unlink(missing_ok=True)
            (folder / f"{old}{NOTE}").write_text(new, encoding="utf-8")
            forget(folder, new)  # of a flow that is no more
            _move(folder, old, new)
        letters.rename(old, new)
    except (OSError, sqlite3.Error) as error:
        if folder is not None:
            _move(folder, new, old)
        raise DeployFailed(f"what '{old}' holds cannot go on under the name '{new}': {error}") from error


def aside_of(folder: Path, flow: str) -> Path:
    """Return the copy of what a flow held that a deploy has ended, until that deploy has come to its end."""
    return folder / f"{flow}{ASIDE}"


def settle_aside(folder: Path | None, flow: str, back: bool) -> None:
    """Put that copy in its place again, if there is one and the flow comes `back`; else delete it.

    Raises:
        DeployFailed: it cannot be put there.
    """
    if folder is None:
        return
    aside = aside_of(folder, flow)
    if back and aside.exists():
        try:
            forget(folder, flow)
            os.replace(aside, folder / f"{flow}{CHECKPOINTS}")
        except OSError as error:
            raise DeployFailed(f"flow '{flow}' cannot go on from what it held: {error}") from error
    with contextlib.suppress(OSError):  # the next start deletes it
        aside.unlink(missing_ok=True)


def settle(folder: Path, letters: DeadLetters, flows: Collection[str]) -> None:
    """Give back what a flow has kept whose renaming, or removal, a kill has interrupted.

    `flows` are those that there are.

    Raises:
        FlowEngineError: it cannot be given back.
    """
    for aside in folder.glob(f"*{ASIDE}"):
        flow = aside.name.removesuffix(ASIDE)
        settle_aside(folder, flow, back=flow in flows and not (folder / f"{flow}{CHECKPOINTS}").exists())
    for note in folder.glob(f"*{NOTE}"):
        try:
            old, new = note.name.removesuffix(NOTE), note.read_text(encoding="utf-8")
            if old in flows and new not in flows and not (folder / f"{old}{CHECKPOINTS}").exists():
                _move(folder, new, old)
                letters.rename(new, old)
            note.unlink()
        except (OSError, sqlite3.Error) as error:
            raise FlowEngineError(f"{note}: the renaming that a kill interrupted cannot be undone: {error}") from error


def _move(folder: Path, old: str, new: str) -> None:
    for source, target in zip(files_of(folder, old), files_of(folder, new), strict=True):
        if source.exists():
            os.replace(source, target)
