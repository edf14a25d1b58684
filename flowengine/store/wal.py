"""Finds out whether the write-ahead log of an SQLite file is torn or damaged: SQLite passes over that in silence.

The form is described at https://sqlite.org/fileformat2.html#walformat: a header, then frames of one page each, with a
checksum over all that came before. SQLite reads up to the first frame that is wrong.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final, NamedTuple

_HEADER: Final = 32
_FRAME: Final = 24
_MAGIC: Final = 0x377F0682
_MOST: Final = 4096
"""Frames that are looked at, about a second of work; SQLite begins anew at some 1,000."""


class Torn(NamedTuple):
    """Where a log ceases to be sound."""

    at: int
    """The byte."""
    lost: bool
    """Whether there was more behind it: damage, and not merely a write that was cut short."""


def torn_at(file: Path) -> Torn | None:
    """Return where the log is damaged or ends in the middle of a frame; None: it is sound, or there is none.

    Frames behind the sound ones that are left over from an earlier round are no damage.
    """
    try:
        data = file.read_bytes() if file.exists() else b""
    except OSError:
        return None
    if not data:
        return None
    if len(data) < _HEADER:
        return Torn(0, lost=False)
    magic, _, size, _, _, _, sum1, sum2 = struct.unpack(">8I", data[:_HEADER])
    order = ">" if magic & 1 else "<"
    if magic | 1 != _MAGIC | 1 or _checksum(data[:24], order, (0, 0)) != (sum1, sum2) or not 512 <= size <= 65536:
        return Torn(0, lost=len(data) > _HEADER)
    salts, sums, step = data[16:24], (sum1, sum2), _FRAME + size
    for at in range(_HEADER, min(len(data), _HEADER + _MOST * step), step):
        frame = data[at : at + step]
        of_this_round = len(frame) < 16 or frame[8:16] == salts
        if len(frame) == step and of_this_round:
            sums = _checksum(frame[_FRAME:], order, _checksum(frame[:8], order, sums))
            if sums == struct.unpack(">2I", frame[16:24]):
                continue
        more = any(data[later + 8 : later + 16] == salts for later in range(at + step, len(data), step))
        return Torn(at, lost=more) if of_this_round or more else None
    return None


def _checksum(data: bytes, order: str, before: tuple[int, int]) -> tuple[int, int]:
    first, second = before
    for one, two in struct.iter_unpack(f"{order}2I", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second
