"""Follows a growing text file: blocking, to be called in a thread."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import msgspec

TooLong = Literal["cut", "split", "skip"]

BLOCK = 1 << 16
"""Bytes read at once."""


class Position(msgspec.Struct, frozen=True):
    """A place in a file that survives the file's being renamed."""

    device: int = 0
    inode: int = 0
    offset: int = 0


class Line(NamedTuple):
    """One line, without its end."""

    text: str
    end: Position
    """Where the next line begins."""


class LineReader:
    """Reads new lines each time it is asked.

    A file that has been replaced (log rotation by renaming) is read to its end before the new one is begun; one that
    has become shorter (truncation) is read from its beginning. A line counts when its end has been written.
    """

    def __init__(self, file: Path, encoding: str, longest: int, too_long: TooLong) -> None:
        """Raises LookupError if the encoding is not known, ValueError if it has no line ends of one byte."""
        codecs.lookup(encoding)
        if "\n".encode(encoding) != b"\n":
            raise ValueError(f"encoding {encoding}: a file can only be followed if its line ends are one byte")
        self._file, self._encoding, self._longest, self._too_long = file, encoding, longest, too_long
        self._stream: BinaryIO | None = None
        self._at = Position()
        self._rest = b""  # of a line whose end has not come
        self._skipping = False  # the rest of a line that was too long

    def begin(self, where: Position | Literal["start", "end"]) -> None:
        """Choose where to begin; a position counts if the file is still the same one and long enough."""
        if where == "start" or not self._open():
            return
        assert self._stream is not None
        size = os.fstat(self._stream.fileno()).st_size
        if where == "end":
            self._seek(size)
        elif isinstance(where, Position) and self._is(where) and where.offset <= size:
            self._seek(where.offset)

    def read(self) -> list[Line]:
        """Return new lines, some at a time; an empty list: nothing new.

        Raises:
            OSError: the file is there but cannot be read.
        """
        if self._stream is None and not self._open():
            return []
        assert self._stream is not None
        if os.fstat(self._stream.fileno()).st_size < self._at.offset + len(self._rest):
            self._seek(0)
        while block := self._stream.read(BLOCK):
            lines = self._lines(block)
            if lines:
                return lines
        return self._next_file() if self._replaced() else []

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _open(self) -> bool:
        try:
            self._stream = self._file.open("rb", buffering=0)
        except FileNotFoundError:
            return False
        stat = os.fstat(self._stream.fileno())
        self._at = Position(stat.st_dev, stat.st_ino, 0)
        self._rest, self._skipping = b"", False
        return True

    def _seek(self, offset: int) -> None:
        assert self._stream is not None
        self._stream.seek(offset)
        self._at = Position(self._at.device, self._at.inode, offset)
        self._rest, self._skipping = b"", False

    def _is(self, position: Position) -> bool:
        return (position.device, position.inode) == (self._at.device, self._at.inode)

    def _replaced(self) -> bool:
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            return False
        return (stat.st_dev, stat.st_ino) != (self._at.device, self._at.inode)

    def _next_file(self) -> list[Line]:
        """Change to the file that has taken the name; what the old one ends with is a line, though without its end."""
        last = [Line(self._text(self._rest), self._at)] if self._rest else []
        self.close()
        return last or self.read()

    def _lines(self, block: bytes) -> list[Line]:
        data, start = self._rest + block, 0
        lines: list[Line] = []
        while True:
            end = data.find(b"\n", start)
            size = (end if end >= 0 else len(data)) - start
            if size > self._longest and not self._skipping:
                # Dealt with before its end has come: a line without end must not fill the memory.
                piece = data[start : start + self._longest]
                if self._too_long == "split":
                    start += self._longest
                    self._move(self._longest)
                    lines.append(Line(self._text(piece), self._at))
                    continue
                self._skipping = True
                if self._too_long == "cut":
                    lines.append(Line(self._text(piece), self._after(size + (end >= 0))))
            if end < 0:
                break
            self._move(size + 1)
            if not self._skipping:
                lines.append(Line(self._text(data[start:end]), self._at))
            self._skipping = False
            start = end + 1
        self._rest = data[start:]
        if self._skipping:
            self._move(len(self._rest))
            self._rest = b""
        return lines

    def _after(self, size: int) -> Position:
        return Position(self._at.device, self._at.inode, self._at.offset + size)

    def _move(self, size: int) -> None:
        self._at = self._after(size)

    def _text(self, raw: bytes) -> str:
        return raw.removesuffix(b"\r").decode(self._encoding, errors="replace")
