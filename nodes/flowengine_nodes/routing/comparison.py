"""How `routing/switch` compares: loosely, as Node-RED does, and never with an error.

A number and a text that is a number are compared as numbers; true is 1 and false is 0 beside a number. Where there is
no order (null, an object, a text that is no number beside a number) nothing is less or greater, and nothing equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from flowengine import path
from flowengine_nodes.values.convert import as_text, decimal

MISSING = path.MISSING

NAN = float("nan")
_NUMBER, _SIMPLE = (int, float), (int, float, str)


def compared(compare: Callable[[Any, Any], Any], a: Any, b: Any) -> bool:
    """Compare two values of any kind with one of the operators of `operator`."""
    if (isinstance(a, _NUMBER) and isinstance(b, _NUMBER)) or (isinstance(a, str) and isinstance(b, str)):
        return bool(compare(a, b))
    if isinstance(a, _SIMPLE) and isinstance(b, _SIMPLE):
        return bool(compare(_as_number(a), _as_number(b)))
    a, b = (None if a is MISSING else a), (None if b is MISSING else b)
    if compare is operator.eq or compare is operator.ne:
        return bool(compare(a, b))
    return False


def _as_number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = decimal(value)
    return NAN if found is None else found


def equal(a: Any, b: Any) -> bool:
    """Say whether a is b."""
    return compared(operator.eq, a, b)


def unequal(a: Any, b: Any) -> bool:
    """Say whether a is not b."""
    return compared(operator.ne, a, b)


def less(a: Any, b: Any) -> bool:
    """Say whether a < b."""
    return compared(operator.lt, a, b)


def at_most(a: Any, b: Any) -> bool:
    """Say whether a <= b."""
    return compared(operator.le, a, b)


def greater(a: Any, b: Any) -> bool:
    """Say whether a > b."""
    return compared(operator.gt, a, b)


def at_least(a: Any, b: Any) -> bool:
    """Say whether a >= b."""
    return compared(operator.ge, a, b)


def between(a: Any, b: Any, c: Any) -> bool:
    """Say whether a lies between b and c, in whichever order these are, or is one of them."""
    return (at_least(a, b) and at_most(a, c)) or (at_most(a, b) and at_least(a, c))


def contains(a: Any, b: Any) -> bool:
    """Say whether a text contains a text, or a list an item; other values are looked at as text."""
    if a is None or a is MISSING:
        return False
    if isinstance(a, list | tuple):
        return any(equal(item, b) for item in a)
    return (as_text(b) if b is not MISSING else "") in text_of(a)


def text_of(a: Any) -> str:
    """Return a value as text; what cannot be written so is empty."""
    if isinstance(a, bytes | bytearray):
        return a.decode(errors="replace")
    return "" if a is MISSING else as_text(a)


def is_null(a: Any) -> bool:
    """Say whether there is no value."""
    return a is None or a is MISSING


def is_empty(a: Any) -> bool:
    """Say whether a text, bytes, list or object has nothing in it; nothing else is empty."""
    return isinstance(a, str | bytes | bytearray | list | tuple | Mapping) and not a


def is_not_empty(a: Any) -> bool:
    """Say whether a text, bytes, list or object has something in it."""
    return isinstance(a, str | bytes | bytearray | list | tuple | Mapping) and bool(a)


def has_key(a: Any, b: Any) -> bool:
    """Say whether an object has a key."""
    return isinstance(a, Mapping) and isinstance(b, str | int | float) and as_text(b) in a


def is_json(a: Any) -> bool:
    """Say whether a text is JSON."""
    try:
        msgspec.json.decode(a)
    except (TypeError, ValueError):
        return False
    return True


TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda a: isinstance(a, str),
    "number": lambda a: isinstance(a, int | float) and not isinstance(a, bool),
    "boolean": lambda a: isinstance(a, bool),
    "array": lambda a: isinstance(a, list | tuple),
    "buffer": lambda a: isinstance(a, bytes | bytearray),
    "object": lambda a: isinstance(a, Mapping),
    "json": lambda a: isinstance(a, str | bytes) and is_json(a),
    "undefined": lambda a: a is MISSING,
    "null": lambda a: a is None,
}
"""The types that `istype` knows, by Node-RED's names."""
