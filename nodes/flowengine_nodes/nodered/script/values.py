"""Msgs as text for JavaScript and back; what JSON cannot say is marked, and the text then begins with X."""

from __future__ import annotations

import datetime
import json
import math
import weakref
from typing import Any

import msgspec

from flowengine_nodes.nodered.javascript import narrow
from flowengine_nodes.nodered.message import MISSING

_SIMPLE = frozenset({str, int, bool, type(None)})
_references: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
"""What scripts cannot hold themselves, such as the answer of an HTTP request, by the number that they hold instead."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def to_text(value: Any) -> str:
    """Return a value as text for a script."""
    if _is_plain(value):
        return _encode(value).decode()
    return "X" + json.dumps(_marked(value, ()), ensure_ascii=False)


def from_text(text: str) -> Any:
    """Return the value that a script has written."""
    if text[0] != "X":
        return _decode(text)
    return _unmarked(_decode(text[1:]))


def _is_plain(value: Any) -> bool:
    kind = value.__class__
    if kind in _SIMPLE:
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is dict:
        for key, inner in value.items():
            if inner.__class__ not in _SIMPLE and not _is_plain(inner):
                return False
            if key == "$t" or key.__class__ is not str:
                return False
        return True
    return kind is list and all(map(_is_plain, value))


def _marked(value: Any, around: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**1023 else {"$t": "num", "v": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$t": "num", "v": _WORDS.get(str(value))}
    if isinstance(value, bytes | bytearray):
        return {"$t": "bin", "v": list(value)}
    if isinstance(value, datetime.datetime):
        return {"$t": "date", "v": value.timestamp() * 1000}
    if id(value) in around or len(around) > 200:
        return "[Circular]"
    inside = (*around, id(value))
    if isinstance(value, dict):
        return {str(k): _marked(inner, inside) for k, inner in value.items() if inner is not MISSING}
    if isinstance(value, list | tuple):
        return [None if item is MISSING else _marked(item, inside) for item in value]
    _references[id(value)] = value
    return {"$t": "ref", "v": id(value)}


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _unmarked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    if not isinstance(value, dict):
        return value
    mark = value.get("$t")
    if mark == "bin":
        return bytes(value["v"])
    if mark == "date":
        return datetime.datetime.fromtimestamp(value["v"] / 1000, datetime.UTC)
    if mark == "num":
        return narrow(float(value["v"].replace("Infinity", "inf")))
    if mark == "ref":
        return _references.get(value["v"])
    return {key: _unmarked(inner) for key, inner in value.items()}
