"""The record: who did what, appended and never changed, in files of lines that are chained by their hashes.

- An entry is on disk (fsync) when `record` returns. Several processes may write; one at a time does.
- Files are full at 8 MiB. Of more than `most_files` the oldest goes, and the first entry of the newest says which and
  where the chain goes on: so a file that someone else took away is found out.
- `head` says which entry is the last, so that lines cut off the end are found out too.
- Disk full, or another fault: `record` raises AuditUnavailable, and what asks `ready` first is not done at all. What
  must never wait, an emergency stop, is recorded with `must=False`: if that fails it is counted, and the next entry
  says how many are lost.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from flowengine import settings
from flowengine.access.audit_entry import GENESIS, Damaged, Entry, Result, line_of, read_line
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError

MOST_BYTES: Final = 8 * 1024 * 1024
"""A file is full with so many bytes."""
SPARE: Final = 1024 * 1024
"""Bytes that must be free on the disk for anything to be done that is to be recorded."""
FOLDER: Final = "audit"


class AuditUnavailable(FlowEngineError):
    """Nothing can be recorded, so nothing is done that has to be. Names no path: who signs in is told, a stranger."""


class Head(msgspec.Struct, frozen=True):
    """The last entry."""

    n: int = 0
    sha256: str = GENESIS


def audit_folder(path: Path, state: Path | None = None) -> Path:
    """Return where the record of a folder of flows (or of a file's folder) is kept."""
    folder = path if path.is_dir() else path.parent
    return (state or folder / settings.STATE_FOLDER) / FOLDER


def files_of(folder: Path) -> list[Path]:
    """Return the files of a record, the oldest first."""
    return sorted(file for file in folder.glob("*.jsonl") if file.stem.isdigit())


class Audit:
    """The record of one installation. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, folder: Path, clock: Clock | None = None, most_files: int = 64, most_bytes: int = MOST_BYTES):
        """Open the record, or begin one; a line that a crash cut short is taken off, and an entry says so."""
        self.folder = folder
        self.lost = 0
        """Entries that could not be written and did not have to be."""
        self._clock = clock or Clock()
        self._most_files, self._most_bytes = max(2, most_files), most_bytes
        self._lock = threading.Lock()
        self._known: tuple[Path, int, Head] | None = None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def ready(self) -> None:
        """Make sure that what is to be done can be recorded.

        Raises:
            AuditUnavailable: it cannot.
        """
        try:
            disk = os.statvfs(self.folder)
        except OSError as error:
            raise AuditUnavailable(f"the record in the state folder cannot be reached: {error.strerror}") from error
        if disk.f_bavail * disk.f_frsize < SPARE:
            raise AuditUnavailable("the disk of the record in the state folder is full: make room, then try again")

    def record(
        self,
        what: str,
        who: str = "",
        about: str = "",
        result: Result = "done",
        address: str = "",
        details: dict[str, Any] | None = None,
        must: bool = True,
    ) -> Entry | None:
        """Append an entry; returns it, or None where it could not be written and did not have to be.

        Raises:
            AuditUnavailable: it could not be written.
        """
        now = self._now()
        entry = Entry(time=now, what=what, who=who, about=about, result=result, address=address, details=details or {})
        with self._lock:
            try:
                with held(self.folder):
                    if self.lost:
                        self._append(Entry(time=now, what="lost", details={"entries": self.lost}))
                        self.lost = 0
                    return self._append(entry)
            except OSError as error:
                self._known = None
                if not must:
                    self.lost += 1
                    return None
                raise AuditUnavailable(f"the record in the state folder cannot be written: {error.strerror}") from error

    def _now(self) -> str:
        return datetime.datetime.fromtimestamp(self._clock.now(), datetime.UTC).isoformat(timespec="milliseconds")

    def _append(self, entry: Entry) -> Entry:
        file, size, head = self._standing()
        if size >= self._most_bytes:
            file, size, head = self._next_file(file, head)
        entry, head, size = self._write(file, size, msgspec.structs.replace(entry, n=head.n + 1, before=head.sha256))
        self._known = file, size, head
        return entry

    def _write(self, file: Path, size: int, entry: Entry) -> tuple[Entry, Head, int]:
        line, digest = line_of(entry)
        new = not file.exists()
        handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            written = os.write(handle, line + b"\n")
            if written <= len(line):
                raise OSError(28, "No space left on device")
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)  # who hears that it was not recorded does not do it
            raise
        finally:
            os.close(handle)
        if new:
            _sync_folder(self.folder)
        head = Head(entry.n, digest)
        self._note(head)
        return entry, head, size + written

    def _standing(self) -> tuple[Path, int, Head]:
        """Return the file that is written, its size, and the last entry; read anew when another process has written."""
        files = files_of(self.folder)
        file = files[-1] if files else self.folder / "00000001.jsonl"
        size = file.stat().st_size if files else 0
        if self._known is not None and self._known[:2] == (file, size):
            return self._known
        if not files:
            return file, 0, Head()
        end = file.read_bytes()
        whole = end.rfind(b"\n") + 1
        head = self._last(files, end[:whole])
        if whole < len(end):
            os.truncate(file, whole)
            torn = Entry(
                time=self._now(),
                what="torn",
                details={"bytes": len(end) - whole},
            )
            _, head, whole = self._write(file, whole, msgspec.structs.replace(torn, n=head.n + 1, before=head.sha256))
        return file, whole, head

    def _last(self, files: list[Path], end: bytes) -> Head:
        """Return the last entry; where it is damaged, what `head` says: the chain goes on, and `verify` shows it."""
        lines = end.splitlines()
        if not lines and len(files) > 1:
            lines = files[-2].read_bytes().splitlines()
        try:
            entry, digest = read_line(lines[-1]) if lines else (Entry(what=""), GENESIS)
            return Head(entry.n, digest)
        except Damaged:
            return read_head(self.folder) or Head()

    def _next_file(self, file: Path, head: Head) -> tuple[Path, int, Head]:
        """Begin a new file; it says which one goes for it, and where what is left begins."""
        files = files_of(self.folder)
        gone = files[: max(0, len(files) + 1 - self._most_files)]
        new = self.folder / f"{int(file.stem) + 1:08}.jsonl"
        details: dict[str, Any] = {}
        if gone:
            details = {"removed": [one.name for one in gone], "up_to": _last_number(gone[-1])}
        now = self._now()
        entry = Entry(n=head.n + 1, time=now, what="new-file", details=details, before=head.sha256)
        _, head, size = self._write(new, 0, entry)
        for one in gone:
            one.unlink()
        return new, size, head

    def _note(self, head: Head) -> None:
        """Write which entry is the last, in its place."""
        text = _head_text(head)
        handle = os.open(self.folder / "head", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.pwrite(handle, text, 0)
        finally:
            os.close(handle)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep everybody from writing meanwhile."""
    import fcntl

    handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_head(folder: Path) -> Head | None:
    """Return which entry is the last; None: nothing says so, or not so that it can be read."""
    try:
        text = (folder / "head").read_bytes()
        head = msgspec.json.decode(text, type=Head)
    except (OSError, ValueError):
        return None
    return head if text == _head_text(head) else None


def entries(folder: Path) -> Iterator[Entry]:
    """Yield the entries of a record that can be read, the oldest first."""
    for file in files_of(folder):
        with file.open("rb") as stream:
            for line in stream:
                with contextlib.suppress(Damaged):
                    yield read_line(line.rstrip(b"\n"))[0]


def _head_text(head: Head) -> bytes:
    return msgspec.json.encode(head).ljust(128) + b"\n"


def _last_number(file: Path) -> int:
    number = 0
    with file.open("rb") as stream:
        for line in stream:
            with contextlib.suppress(Damaged):
                number = read_line(line.rstrip(b"\n"))[0].n
    return number


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
