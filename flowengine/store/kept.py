"""Named values in a file of their own, of which only what has changed is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from flowengine.store.checkpoints import Changes, CheckpointFile, Stored


class KeptValues:
    """Values by name in one file. Not safe to use from two threads at once; each call may wait for the disk."""

    def __init__(self, file: Path) -> None:
        """Open the file, or make it.

        Raises:
            OSError, sqlite3.Error: it cannot be used.
        """
        self._file = CheckpointFile(file)
        self._written = self._file.states()
        self.damage = "; ".join(self._file.damage)
        """What was found damaged; empty: nothing."""

    @property
    def values(self) -> Mapping[str, Stored]:
        """What is in the file."""
        return self._written

    def write(self, values: Mapping[str, Stored]) -> None:
        """Keep these values, and no others; they are on disk when this returns.

        Raises:
            OSError, sqlite3.Error: they are not; the next call writes all of them.
        """
        changed = {name: stored for name, stored in values.items() if self._written.get(name) != stored}
        changes = Changes(changed, [name for name in self._written if name not in values])
        if not changes:
            return
        try:
            self._file.write(changes)
        except (OSError, sqlite3.Error):
            self._written = dict.fromkeys(self._written, Stored("", b""))
            self._file.reopen()
            raise
        self._written = dict(values)

    def close(self, forget: bool = False) -> None:
        """Close the file; with `forget` it is deleted."""
        if forget:
            self._file.remove()
        else:
            self._file.close()


def peek(file: Path) -> dict[str, Stored]:
    """Return what a file of values or checkpoints holds, without touching it; nothing where there is none.

    It may be open in a running engine: what is read is as of one instant.

    Raises:
        OSError: it cannot be read.
    """
    if not file.exists():
        return {}
    try:
        db = sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True, timeout=10.0)
        try:
            rows = db.execute("SELECT name, kind, data FROM states").fetchall()
        finally:
            db.close()
    except sqlite3.Error as error:
        raise OSError(f"{file} cannot be read: {error}") from None
    return {name: Stored(kind, data) for name, kind, data in rows}
