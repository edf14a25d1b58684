"""A small disk that can be full: a file system of its own in memory, where the machine lets us mount one."""

from __future__ import annotations

import contextlib
import errno
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self


class SmallDisk:
    """`with SmallDisk(folder, 1_000_000) as disk: disk.folder`.

    Where nothing may be mounted, "full" is the limit that the system puts on the size of a process's files.
    """

    def __init__(self, folder: Path, size: int) -> None:
        """Take where it is to be, and how many bytes it holds."""
        self.folder, self._size = folder, size
        self.mounted = False

    def __enter__(self) -> Self:
        """Mount it."""
        self.folder.mkdir(exist_ok=True)
        self.mounted = _ran("mount", "-t", "tmpfs", "-o", f"size={self._size}", "tmpfs", str(self.folder))
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away again."""
        if self.mounted:
            _ran("umount", "-l", str(self.folder))

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Have no room left on it for the length of a block."""
        if not self.mounted:
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            return
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        try:
            yield
        finally:
            filler.unlink()


def _ran(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
