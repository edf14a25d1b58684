"""Where the revisions of a folder are kept: in git if it lies in a repository, else in a table."""

from __future__ import annotations

from pathlib import Path

from flowengine.clock import Clock
from flowengine.store.git_revisions import in_git
from flowengine.store.kept_revisions import KeptRevisions
from flowengine.store.revisions import Revisions


def revisions_for(folder: Path, file: Path | None, clock: Clock | None = None) -> Revisions:
    """Return the revisions of a folder; `file` is the SQLite file for the table, None: in memory."""
    kept = KeptRevisions(file, clock)
    return in_git(folder, kept) or kept
