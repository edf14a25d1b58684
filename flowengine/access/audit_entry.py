"""One entry of the record, and the line that keeps it.

A line is a JSON object of one entry, the hash of the line before (`before`), and last the hash of itself (`sha256`,
over all that stands in front of it). So a changed byte is found in the very line where it is, and a line that is
missing, added or moved by the two that no longer fit.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final, Literal

import msgspec

Result = Literal["done", "refused", "failed"]

GENESIS: Final = "0" * 64
"""What stands for the line before the first."""
LONGEST: Final = 16_384
"""Bytes of a line at most; longer texts are cut."""

_LINE = re.compile(rb'(\{.*),"sha256":"([0-9a-f]{64})"\}', re.DOTALL)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, when, from where, to what, and with which result."""

    n: int = 0
    """Counts up by one, whatever the clock does."""
    time: str = ""
    """UTC, as the computer's clock said."""
    what: str
    """A word that stays: `sign-in`, `deploy`, `arm`, `machine-write` ..."""
    who: str = ""
    address: str = ""
    """Where the request came from; empty: from the computer itself."""
    about: str = ""
    """The flow, user, output ... that it is about."""
    result: Result = "done"
    details: dict[str, Any] = {}
    before: str = GENESIS


class Damaged(Exception):
    """A line is not one that was written; says why."""


def line_of(entry: Entry) -> tuple[bytes, str]:
    """Return the line of an entry, without its line feed, and its hash."""
    body = msgspec.json.encode(entry, enc_hook=repr)[:-1]
    if len(body) > LONGEST:
        short = {key: repr(value)[:200] for key, value in list(entry.details.items())[:20]}
        fields = {name: getattr(entry, name)[:200] for name in ("what", "who", "address", "about")}
        body = msgspec.json.encode(msgspec.structs.replace(entry, details={**short, "cut": True}, **fields))[:-1]
    digest = hashlib.sha256(body).hexdigest()
    return body + b',"sha256":"' + digest.encode() + b'"}', digest


def read_line(line: bytes) -> tuple[Entry, str]:
    """Return the entry of a line, and its hash.

    Raises:
        Damaged: it is not a line as `line_of` writes it.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Damaged("it is no entry")
    body, digest = match[1], match[2].decode()
    if hashlib.sha256(body).hexdigest() != digest:
        raise Damaged("it does not fit its own hash")
    try:
        return msgspec.json.decode(body + b"}", type=Entry), digest
    except ValueError as error:
        raise Damaged(f"it is no entry: {error}") from None
