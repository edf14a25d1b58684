"""A payload made small enough to look at, with bounded work: 10 MB are never encoded in order to be cut."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import itertools
import math
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Literal, NamedTuple

import msgspec

from flowengine.message import Message

ValueKind = Literal["number", "boolean", "text", "bytes", "object", "list", "null"]

DEEPEST = 20
"""Levels that are shown of a nested value."""

EXACT = 2**53
"""Whole numbers beyond it are shown as text: a browser would round them."""

HEAVY = 4000
"""Characters, roughly, beyond which a payload is not kept whole for someone who may look at it later."""


class Preview(NamedTuple):
    """A value, shortened: its kind, a JSON value, and whether something was left out."""

    kind: ValueKind
    value: Any
    cut: bool


def preview(value: Any, most: int = 2000) -> Preview:
    """Return any payload as a JSON value of about `most` characters at most.

    Bytes become hex text, NaN and infinity text, what JSON cannot say its text; long texts, lists and objects end
    early. The work is bounded by `most`, however large or deep the value is.
    """
    work = _Work(most)
    shown = work.shown(value, 0)
    return Preview(kind_of(value), shown, work.cut)


def kind_of(value: Any) -> ValueKind:
    """Return which kind of value this is."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float() | decimal.Decimal():
            return "number"
        case bytes() | bytearray() | memoryview():
            return "bytes"
        case str():
            return "text"
        case Mapping() | msgspec.Struct():
            return "object"
        case Sequence() | Set():
            return "list"
    return "object" if dataclasses.is_dataclass(value) and not isinstance(value, type) else "text"


class _Work:
    def __init__(self, most: int) -> None:
        self.left = most
        """Characters that may still be written."""
        self.cut = False

    def shown(self, value: Any, depth: int) -> Any:
        match value:
            case None | bool():
                self.left -= 4
                return value
            case enum.Enum():
                return self.shown(value.value, depth)
            case int():
                return self._whole(value)
            case float():
                self.left -= 8
                return float(value) if math.isfinite(value) else str(float(value))
            case str():
                return self._text(value)
            case bytes() | bytearray() | memoryview():
                return self._hex(value)
        if depth >= DEEPEST:
            self.cut = True
            return self._text("…")
        match value:
            case Mapping():
                return self._object(value.items(), len(value), depth)
            case Sequence() | Set():
                return self._list(value, depth)
            case msgspec.Struct():
                names = value.__struct_fields__
                return self._object(((name, getattr(value, name, None)) for name in names), len(names), depth)
            case datetime.date() | datetime.time() | datetime.timedelta() | decimal.Decimal() | uuid.UUID():
                return self._text(str(value))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = dataclasses.fields(value)
            return self._object(((f.name, getattr(value, f.name, None)) for f in fields), len(fields), depth)
        return self._text(f"<{type(value).__name__}>")  # its own text might be of any length

    def _whole(self, value: int) -> Any:
        self.left -= 8
        if -EXACT <= value <= EXACT:
            return int(value)
        if value.bit_length() <= 1000:
            return self._text(str(int(value)))
        self.cut = True
        return self._text(f"a whole number of {value.bit_length()} bits")

    def _text(self, value: str) -> str:
        room = max(0, self.left)
        if len(value) > room:
            self.cut = True
        text = value[:room]
        self.left -= len(text) + 2
        try:
            text.encode()
        except UnicodeEncodeError:  # half of a pair: no JSON can carry it
            text = text.encode("utf-8", "replace").decode()
        return str(text)

    def _hex(self, value: bytes | bytearray | memoryview) -> str:
        data = memoryview(value).cast("B") if memoryview(value).contiguous else memoryview(bytes(value))
        room = max(0, self.left) // 3
        if len(data) > room:
            self.cut = True
        text = bytes(data[:room]).hex(" ")
        self.left -= len(text) + 2
        return text

    def _object(self, members: Iterable[tuple[Any, Any]], count: int, depth: int) -> dict[str, Any]:
        self.left -= 2
        result: dict[str, Any] = {}
        for key, value in members:
            if self.left <= 0:
                break
            name = self._text(key) if isinstance(key, str) else self._text(str(self.shown(key, DEEPEST)))
            self.left -= 2
            result[name] = self.shown(value, depth + 1)
        self.cut = self.cut or len(result) < count
        return result

    def _list(self, items: Sequence[Any] | Set[Any], depth: int) -> list[Any]:
        self.left -= 2
        result: list[Any] = []
        for item in items:
            if self.left <= 0:
                break
            self.left -= 1
            result.append(self.shown(item, depth + 1))
        self.cut = self.cut or len(result) < len(items)
        return result


def is_heavy(value: Any) -> bool:
    """Say whether a value is too large to be kept for someone who may look later."""
    return _weight(value, HEAVY, 0) > HEAVY


def _weight(value: Any, most: int, depth: int) -> int:
    """Return about how many characters a value takes; stops soon after `most`."""
    if isinstance(value, str | bytes | bytearray):
        return len(value) + 2
    if isinstance(value, Mapping):
        parts: Iterable[Any] = itertools.chain.from_iterable(value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        parts = value
    else:
        return 8
    total = 2
    if depth >= DEEPEST:
        return most + 1
    for part in parts:
        total += _weight(part, most - total, depth + 1)
        if total > most:
            break
    return total


def lightened(msg: Message) -> Message:
    """Return a message that may be kept for long: itself, or one with what is too large in it shortened."""
    if is_heavy(msg.payload):
        msg = msg.with_payload(preview(msg.payload, HEAVY).value)
    if msg.properties and is_heavy(msg.properties):
        msg = msg.replace(properties=preview(msg.properties, HEAVY).value)
    return msg
