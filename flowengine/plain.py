"""Values of messages as plain JSON, both ways: in the sessions of the testbench and in flow tests.

Bytes are `{"type": "Buffer", "data": [0..255, ...]}` as Node-RED writes them. Outwards a date is its ISO string, a
value inside itself is `"[Circular]"`, a number that JSON does not have is null, and what is nothing at all
(`path.MISSING`) is left out.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from flowengine.path import MISSING

CIRCULAR: Final = "[Circular]"

DEEPEST: Final = 200
"""Levels of lists and objects that are written; what lies deeper is cut off with "[...]"."""


def to_plain(value: Any) -> Any:
    """Return a value as JSON values."""
    return _to_plain(value, ())


def from_plain(value: Any) -> Any:
    """Return a JSON value with buffers as bytes."""
    if isinstance(value, dict):
        if len(value) == 2 and value.get("type") == "Buffer" and isinstance(value.get("data"), list):
            data = value["data"]
            if all(type(byte) is int and 0 <= byte <= 255 for byte in data):
                return bytes(data)
        return {key: from_plain(inner) for key, inner in value.items()}
    return [from_plain(inner) for inner in value] if isinstance(value, list) else value


def _to_plain(value: Any, around: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes | bytearray | memoryview):
        return {"type": "Buffer", "data": list(bytes(value))}
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat().replace("+00:00", "Z")
    if id(value) in around:
        return CIRCULAR
    if len(around) >= DEEPEST:
        return "[...]"
    inside = (*around, id(value))
    if isinstance(value, Mapping):
        return {_key(key): _to_plain(inner, inside) for key, inner in value.items() if inner is not MISSING}
    if isinstance(value, list | tuple | set | frozenset):
        return [None if inner is MISSING else _to_plain(inner, inside) for inner in value]
    if isinstance(value, msgspec.Struct):
        return _to_plain(msgspec.structs.asdict(value), inside)
    return str(value)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(key)
