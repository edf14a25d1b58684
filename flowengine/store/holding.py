"""Who uses the folder in which an engine keeps things: one engine, or one restore, at a time.

Two engines would take each other's messages and write each other's state over. The system lets go of a folder when the
process that holds it has ended, however that happened.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from flowengine.errors import NotAllowed

FILE: Final = "engine-lock"
UNFINISHED: Final = "unfinished"
"""A file with this name says that a folder is being filled, or that this was interrupted."""


class HeldFolder:
    """A folder that nobody else holds."""

    def __init__(self, folder: Path, unfinished: bool = False) -> None:
        """Hold a folder; `unfinished`: also one that a restore was to fill, and has not.

        Raises:
            NotAllowed: another process holds it, or a restore was interrupted.
            OSError: it cannot be written to.
        """
        import fcntl

        folder.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(folder / FILE, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                who = os.pread(self._handle, 20, 0).decode(errors="replace")
                raise NotAllowed(
                    f"{folder} is in use by another engine or restore (process {who}): stop that one first, or give "
                    "this one another folder with --state"
                ) from None
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, str(os.getpid()).encode(), 0)
            if not unfinished and (folder / UNFINISHED).exists():
                raise NotAllowed(
                    f"a restore into {folder} was interrupted, so not all is there: call flowengine restore again"
                )
        except BaseException:
            os.close(self._handle)
            raise

    def let_go(self) -> None:
        """Let others hold it; once more does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
