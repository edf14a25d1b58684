"""Time zones for scripts, which cannot ask Python: how far each is from UTC, and when (RFC 8536)."""

from __future__ import annotations

import os
import re
import struct
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import TZPATH, ZoneInfo

_LAST: Final = 2_114_380_800
"""The end of 2036: up to it changes are written out; later years are as the one 28 years before."""
_STEP: Final = 7 * 86_400


NAMES: Final = re.compile(r"\b(?:[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}|[A-Z]{3}(?:\d[A-Z]{3})?\b)")
"""What may be the name of a zone in a text."""


@lru_cache(4096)
def changes(name: str) -> str:
    """Return pairs of a time (s since 1970, base 36) and the offset from UTC (s) from then on; none: no such zone."""
    try:
        zone = ZoneInfo(name)  # refuses what leads out of its folder
        data = _read(name)
    except (ValueError, OSError, KeyError):  # not found is a KeyError
        return ""
    pairs = [(at, offset) for at, offset in _changes(data) if at <= _LAST]
    if b"," in data[data.rfind(b"\n", 0, -1) :]:  # a rule, which a short file leaves to the reader
        pairs += _by_rule(zone, pairs[-1])
    return " ".join(f"{_base36(at)}:{offset}" for at, offset in pairs)


def local() -> str:
    """Return the name of the machine's zone, or UTC where it has none."""
    named = (
        os.environ.get("TZ", "").removeprefix(":") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    )
    return named if named != "Etc/UTC" and changes(named) else "UTC"


def _read(name: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder) / name
        if path.is_file():
            return path.read_bytes()
    return files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()


def _changes(data: bytes) -> list[tuple[int, int]]:
    """Return when the offset changes, and to what, from 1970 on; the first is what held then."""

    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack_from(">6l", data, at + 20)

    utc, standard, leaps, times, types, letters = counts(0)
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    _, _, _, times, types, _ = counts(second)
    at = second + 44
    instants = struct.unpack_from(f">{times}q", data, at)
    kinds = data[at + 8 * times : at + 9 * times]
    offsets = [struct.unpack_from(">l", data, at + 9 * times + 6 * kind)[0] for kind in range(types)]
    found = [(0, offsets[0])]
    for instant, kind in zip(instants, kinds, strict=True):
        if instant <= 0:
            found[0] = (0, offsets[kind])
        else:
            found.append((instant, offsets[kind]))
    return found


def _by_rule(zone: ZoneInfo, last: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the changes after the last that a file writes out."""

    def offset(at: int) -> int:
        given = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
        return int(given.total_seconds()) if given is not None else 0

    found: list[tuple[int, int]] = []
    low, held = last
    while low < _LAST:
        high = low + _STEP
        if (now := offset(high)) != held:
            before, after = low, high
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if offset(middle) == held else (before, middle)
            found.append((after, now))
            held = now
        low = high
    return found


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
