"""Where the engine keeps what must survive: a folder beside the flows, or the one that was given."""

from __future__ import annotations

import contextlib
from pathlib import Path

from flowengine import settings


def own_folder(path: Path, state: Path | None = None) -> Path:
    """Return the folder for what the engine keeps, made if need be; git is told to leave the one beside flows alone."""
    folder = state or (path if path.is_dir() else path.parent) / settings.STATE_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if state is None and not ignore.exists():
        with contextlib.suppress(OSError):
            ignore.write_text("*\n", encoding="utf-8")
    return folder


def dead_letters_file(path: Path, state: Path | None = None) -> Path:
    """Return where the dead letters of a folder of flows (or of a file's folder) are kept."""
    return own_folder(path, state) / "dead-letters.sqlite"


def checkpoints_folder(path: Path, state: Path | None = None) -> Path:
    """Return where each flow keeps what it holds, in a file of its own."""
    return own_folder(path, state) / "flows"


def context_file(path: Path, state: Path | None = None) -> Path:
    """Return where the values of the context `global` are kept."""
    return own_folder(path, state) / "global-context.sqlite"


def web_file(path: Path, state: Path | None = None) -> Path:
    """Return where drafts and kept revisions are kept, beside users and sessions."""
    return own_folder(path, state) / "web.sqlite"


def alarms_file(path: Path, state: Path | None = None) -> Path:
    """Return where alarms and their history are kept."""
    return own_folder(path, state) / "alarms.sqlite"
