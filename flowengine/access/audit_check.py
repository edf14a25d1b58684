"""Looks through a record for anything that is not as it was written, and says where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flowengine.access.audit import files_of, read_head
from flowengine.access.audit_entry import GENESIS, Damaged, Entry, read_line

MOST: Final = 1000
"""Findings that are told."""


@dataclass(frozen=True)
class Finding:
    """One place where a record is not as it was written."""

    file: str
    line: int
    """1 is the first; 0: the file as a whole."""
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}" if self.line else f"{self.file}: {self.problem}"


@dataclass
class Checked:
    """What was found."""

    entries: int
    findings: list[Finding]


class _Chain:
    """Follows the entries from the first to the last."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.entries = 0
        self.last: tuple[int, str] | None = None
        """Number and hash of the last sound entry; None: there was none yet."""
        self.before: tuple[int, str] | None = None
        """The same of the one before it."""
        self.first: tuple[str, int] | None = None
        """Where the record begins, and with which number, when that is not 1."""
        self.removed_up_to = 0
        self._gap = False

    def find(self, file: str, line: int, problem: str) -> None:
        if len(self.findings) < MOST:
            self.findings.append(Finding(file, line, problem))

    def take(self, file: str, line: int, raw: bytes) -> None:
        try:
            entry, digest = read_line(raw)
        except Damaged as error:
            self.find(file, line, f"changed: {error}")
            self._gap = True
            return
        self.entries += 1
        self._fits(file, line, entry)
        if entry.what == "new-file" and isinstance(entry.details.get("up_to"), int):
            self.removed_up_to = entry.details["up_to"]
        self.before, self.last, self._gap = self.last, (entry.n, digest), False

    def _fits(self, file: str, line: int, entry: Entry) -> None:
        if self.last is None:
            if self._gap:
                return  # the lines before are found to be changed already
            if entry.n > 1:
                self.first = file, entry.n
            elif entry.n != 1 or entry.before != GENESIS:
                self.find(file, line, "the first entry does not begin a record")
            return
        number, digest = self.last
        if self._gap:
            return
        if entry.n != number + 1:
            missing = entry.n - number - 1
            gone = f"{missing} entries are missing before entry {entry.n}"
            self.find(file, line, gone if missing > 0 else f"entry {entry.n} is doubled or in another's place")
        elif entry.before != digest:
            self.find(file, line, f"it does not follow entry {number}: one of the two has been put in another's place")


def check_audit(folder: Path) -> Checked:
    """Look through a whole record."""
    chain, files = _Chain(), files_of(folder)
    for file in files:
        content = file.read_bytes()
        lines = content.split(b"\n")
        if lines[-1]:
            chain.find(file.name, len(lines), "the last line has no end")
            chain._gap = True
        for number, raw in enumerate(lines[:-1], 1):
            chain.take(file.name, number, raw)
    if chain.first is not None and chain.first[1] != chain.removed_up_to + 1:
        name, number = chain.first
        chain.find(name, 1, f"entries {chain.removed_up_to + 1} to {number - 1} are missing, and nothing says why")
    _check_end(folder, files, chain)
    return Checked(chain.entries, chain.findings)


def _check_end(folder: Path, files: list[Path], chain: _Chain) -> None:
    head, (number, digest) = read_head(folder), chain.last or (0, GENESIS)
    if head is None:
        if files:
            chain.find("head", 0, "it is missing or cannot be read: nothing says which entry is the last")
    elif head.n > number:
        chain.find(files[-1].name if files else "head", 0, f"entries {number + 1} to {head.n} are missing at the end")
    elif (head.n, head.sha256) not in ((number, digest), chain.before or (0, GENESIS)):  # a crash may leave it behind
        chain.find(files[-1].name, 0, f"the last entry, {number}, is not the one that was written last")
