"""What a process leaves behind: which node it was busy with, and where it stood when it ended in an accident.

Two small files in memory that outlive the process. One is written by its watcher thread, as one JSON object; the other
by the interpreter itself, from a signal handler, when not even that thread gets its turn or the process crashes.
"""

from __future__ import annotations

import os
import re
import tempfile
from typing import Final

import msgspec

LARGEST: Final = 64 * 1024

DEEPEST: Final = 20
"""Places of a stack that are written to the log at most."""


class Culprit(msgspec.Struct, frozen=True):
    """A node found at work."""

    flow: str
    node: str
    """Empty: a connection, whose name stands in `what`."""
    what: str = ""
    """What it did: the function and line of its code."""


class BlackBox:
    """Two files in memory, made by the parent, in which a process leaves what it was at when it died."""

    def __init__(self) -> None:
        self._note, self._trace = _memory("note"), _memory("trace")

    @property
    def files(self) -> tuple[int, int]:
        """The descriptors of both files: for `note`, and for a trace."""
        return self._note, self._trace

    def culprit(self) -> Culprit | None:
        """Return the node that was noted last, if any."""
        raw = os.pread(self._note, LARGEST, 0).rstrip(b"\0")
        try:
            return msgspec.json.decode(raw, type=Culprit) if raw else None
        except msgspec.DecodeError:
            return None

    def places(self) -> list[tuple[str, int, str]]:
        """Return file, line and function of the stack at the accident, the innermost first; none: there is none.

        Of several threads it is that of the main one, which comes last.
        """
        text = os.pread(self._trace, LARGEST, 0).decode(errors="replace")
        stack = re.split(r"^(?:Current thread|Thread) .*$", text, flags=re.MULTILINE)[-1]
        return [(file, int(line), name) for file, line, name in re.findall(r'File "(.*)", line (\d+) in (.*)', stack)]

    def stack(self) -> str:
        """Return the stack at the accident in one line, the innermost place first; empty: there is none."""
        return "; ".join(f"{file}:{line} in {name}" for file, line, name in self.places()[:DEEPEST])

    def close(self) -> None:
        """Let go of it."""
        for file in (self._note, self._trace):
            os.close(file)


def note(file: int, culprit: Culprit | None) -> None:
    """Write down which node is at work; None: none is."""
    raw = msgspec.json.encode(culprit) if culprit is not None else b""
    os.pwrite(file, raw.ljust(len(raw) + 1, b"\0"), 0)
    os.ftruncate(file, len(raw))


def _memory(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(f"flowengine-{name}")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
