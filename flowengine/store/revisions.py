"""Revisions: what the files of a folder held, when, by whom and why.

A revision names one content of a file: the first 16 hex digits of the SHA-256 of its canonical text, so that layout of
the text alone makes no new one. Where the folder lies in a git repository, git keeps them (`git_revisions`), else a
table does (`kept_revisions`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flowengine.errors import FlowInvalid
from flowengine.flow.canonical import format_text

MOST_ENTRIES = 200
"""Entries of a history that are shown unless more are asked for."""
MOST_NAMES = 10_000
"""Texts whose revision is remembered; then all are forgotten."""


@dataclass(frozen=True)
class Entry:
    """One revision of a file."""

    id: str
    """The git commit, or the number that the table gave it."""
    revision: str
    """Names its content; empty: the file was removed."""
    at: float
    """Seconds since 1970-01-01 UTC."""
    author: str
    message: str


@dataclass(frozen=True)
class Written:
    """One file that a deploy has written or removed."""

    file: Path
    text: str | None
    """What it holds now; None: it was removed."""
    before: str | None = None
    """What it held; None: it was not there."""
    was: Path | None = None
    """The file that it was before it was renamed."""


@dataclass(frozen=True)
class Recorded:
    """What became of a deploy's files."""

    id: str = ""
    """The git commit, or empty."""
    warning: str = ""
    """Why it was not recorded as it should be, and what to do."""


class Revisions(Protocol):
    """Where revisions are kept. Safe to use from any thread; each call may wait for the disk."""

    git: bool

    @property
    def branch(self) -> str:
        """The git branch that is checked out; empty: none is, or there is no git."""

    @property
    def note(self) -> str:
        """What a user should know: why git is not used although the folder lies in a repository."""

    def record(self, files: Sequence[Written], message: str, author: str) -> Recorded:
        """Keep what a deploy has written; never raises: what goes wrong is a warning."""

    def history(self, file: Path, most: int = MOST_ENTRIES) -> list[Entry]:
        """Return the revisions of a file, the newest first; names that it had before are followed."""

    def content(self, file: Path, id: str) -> tuple[Entry, str | None]:
        """Return one revision and its text; None: the file had been removed.

        Raises:
            NotFound: the file has no such revision.
        """

    def close(self) -> None:
        """Close what is open."""


def revision_of(text: str | bytes | None) -> str:
    """Return the name of a content; of a text that is not JSON, that of its bytes; of no text, an empty name."""
    if text is None:
        return ""
    raw = _bytes(text)
    digest = hashlib.sha256(raw).digest()
    known = _NAMES.get(digest)
    if known is not None:
        return known
    with contextlib.suppress(FlowInvalid, ValueError, RecursionError):
        raw = format_text(text).encode()
    return _remember(digest, hashlib.sha256(raw).digest())


def revision_of_canonical(text: str) -> str:
    """Return the name of what `format_flow` has written: its canonical text is itself, so nothing has to be read."""
    digest = hashlib.sha256(_bytes(text)).digest()
    return _remember(digest, digest)


def _remember(text: bytes, content: bytes) -> str:
    if len(_NAMES) >= MOST_NAMES:
        _NAMES.clear()
    name = _NAMES[text] = content.hex()[:16]
    return name


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


_NAMES: dict[bytes, str] = {}
"""SHA-256 of a text -> the name of its content: a deploy asks several times for that of one large file."""
