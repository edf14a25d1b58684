"""Where the engine keeps what must survive: a folder beside the flows, or the one that was given."""

from __future__ import annotations

import contextlib
from pathlib import Path

from flowengine import settings
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError
from flowengine.store.git import Git, GitFailed
from flowengine.store.recordings import expire


def own_folder(path: Path, state: Path | None = None) -> Path:
    """Return the folder for what the engine keeps, made if need be; git is told to leave the one beside flows alone."""
    folder = state or (path if path.is_dir() else path.parent) / settings.STATE_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if state is None and not ignore.exists():
        with contextlib.suppress(OSError):
            ignore.write_text("*\n", encoding="utf-8")
    return folder


def check_own(folder: Path) -> None:
    """Make sure that no commit brings what the engine keeps: a pull would put another's keys, users or record there.

    Raises:
        FlowEngineError: git tracks a file in the folder.
    """
    place = folder.resolve()
    if not any((parent / ".git").exists() for parent in (place, *place.parents)):
        return
    with contextlib.suppress(GitFailed):  # it is no repository, or git is not there to bring anything
        names = Git(folder).run("ls-files", "-z").decode("utf-8", "replace").split("\0")
        if tracked := [name for name in names if name and name != ".gitignore"]:
            raise FlowEngineError(
                f"git tracks {tracked[0]} in {folder}, where users, keys and the record are kept: whoever can commit "
                f"could exchange them by the next pull; take it out of git, look who put it there, and start again: "
                f"git -C {folder} rm -r --cached ."
            )


def dead_letters_file(path: Path, state: Path | None = None) -> Path:
    """Return where the dead letters of a folder of flows (or of a file's folder) are kept."""
    return own_folder(path, state) / "dead-letters.sqlite"


def checkpoints_folder(path: Path, state: Path | None = None) -> Path:
    """Return where each flow keeps what it holds, in a file of its own."""
    return own_folder(path, state) / "flows"


def recordings_folder(path: Path, state: Path | None = None) -> Path:
    """Return where it is kept what flows at machines are told, in a file for each."""
    return own_folder(path, state) / "recordings"


def recordings_to_keep(path: Path, state: Path | None = None) -> Path | None:
    """Return the same, or None where nothing is to be recorded; files that are too old are removed.

    Raises:
        FlowEngineError: what is set for it is no number of hours.
    """
    try:
        hours = settings.record_hours()
    except ValueError as error:
        raise FlowEngineError(str(error)) from None
    folder = recordings_folder(path, state)
    expire(folder, hours, Clock().now())
    return folder if hours else None


def context_file(path: Path, state: Path | None = None) -> Path:
    """Return where the values of the context `global` are kept."""
    return own_folder(path, state) / "global-context.sqlite"


def web_file(path: Path, state: Path | None = None) -> Path:
    """Return where drafts and kept revisions are kept, beside users and sessions."""
    return own_folder(path, state) / "web.sqlite"


def alarms_file(path: Path, state: Path | None = None) -> Path:
    """Return where alarms and their history are kept."""
    return own_folder(path, state) / "alarms.sqlite"
