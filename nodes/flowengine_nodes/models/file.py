"""A model's file: read whole, and held against the hash of the one that is meant."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a file."""


def meant(file: str, sha256: str, most: int = LARGEST) -> tuple[bytes, str]:
    """Return a file's bytes and its SHA-256; blocks.

    Raises:
        ValueError: it is not there, larger than `most` bytes, or another than the one meant.
    """
    raw = _read(Path(file), most)
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256.lower():
        raise ValueError(f"{file} is another file than the one meant: its SHA-256 is {found}")
    return raw, found


def _read(path: Path, most: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > most:
            raise ValueError(f"{path} has {size >> 20} MB; at most {most >> 20} are taken")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from None
