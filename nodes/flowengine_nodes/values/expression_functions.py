"""The functions of the expression language. Each is plain, total on JSON values, and bounded in time and size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flowengine import BadData
from flowengine_nodes.values.convert import as_text, decimal, is_number, shown
from flowengine_nodes.values.expression_operations import Number, bounded, integer, op_in, operand


def _mathematical(function: Callable[..., Number]) -> Callable[..., Number]:
    """Guard a function of `math`: numbers in, BadData where it has no value."""

    def one(x: Any) -> Number:
        try:
            return operand(function(operand(x)))
        except (ValueError, OverflowError):
            raise BadData(f"{function.__name__}({shown(x)}) has no value") from None

    one.__doc__ = function.__doc__
    return one


def _two(function: Callable[[float, float], float]) -> Callable[[Any, Any], Number]:
    def two(x: Any, y: Any) -> Number:
        return function(operand(x), operand(y))

    two.__doc__ = function.__doc__
    return two


def _values(arguments: tuple[Any, ...], name: str) -> list[Number]:
    """Return the numbers given one by one or as one list."""
    values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list | tuple) else arguments
    if not values:
        raise BadData(f"{name}() of an empty list has no value")
    return [operand(value) for value in values]


def smallest(first: Any, *more: Any) -> Number:
    """Return the smallest of several numbers or of a list."""
    return min(_values((first, *more), "min"))


def greatest(first: Any, *more: Any) -> Number:
    """Return the greatest of several numbers or of a list."""
    return max(_values((first, *more), "max"))


def total(values: Any) -> Number:
    """Add up a list of numbers; 0 if it is empty."""
    return operand(sum(_values((_items(values),), "sum"))) if _items(values) else 0


def mean(first: Any, *more: Any) -> Number:
    """Return the mean of several numbers or of a list."""
    values = _values((first, *more), "mean")
    return math.fsum(value / len(values) for value in values)


def rounded(value: Any, places: Any = 0) -> Number:
    """Round to a number of decimals, halves to the even digit; without decimals to a whole number."""
    x, digits = operand(value), integer(places)
    if not -20 <= digits <= 20:
        raise BadData(f"round() knows -20 to 20 decimals, not {shown(places)}")
    try:
        return operand(round(x, digits) if digits else round(x))
    except (ValueError, OverflowError):
        raise BadData(f"round({shown(value)}) has no value") from None


def sign(value: Any) -> Number:
    """Return -1, 0 or 1."""
    x = operand(value)
    return (x > 0) - (x < 0)


def clamp(value: Any, low: Any, high: Any) -> Number:
    """Keep a number between two limits."""
    x, least, most = operand(value), operand(low), operand(high)
    if x != x:
        raise BadData(f"{shown(value)} is not a number")
    return least if x < least else most if x > most else x


def to_number(value: Any) -> Number:
    """Make a number of a text such as "21.5", or of true (1) and false (0)."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        found = decimal(value)
        if found is None:
            raise BadData(f"{shown(value)} is not a number")
        return operand(found)
    return operand(value)


def to_text(value: Any) -> str:
    """Write a value as text; lists and objects as JSON."""
    text = as_text(value)
    bounded(len(text))
    return text


def to_boolean(value: Any) -> bool:
    """Make true or false: empty, zero, null and the texts "false", "off", "no" and "0" are false."""
    if isinstance(value, str):
        return value.strip().lower() not in ("", "0", "false", "off", "no")
    return bool(value)


def fixed(value: Any, places: Any) -> str:
    """Write a number with so many decimals: fixed(21.456, 1) is "21.5"."""
    x, digits = operand(value), integer(places)
    if not 0 <= digits <= 20:
        raise BadData(f"fixed() knows 0 to 20 decimals, not {shown(places)}")
    return f"{x:.{digits}f}"


def length(value: Any) -> int:
    """Return how many characters, bytes, items or keys a value has."""
    if isinstance(value, str | bytes | list | tuple | Mapping):
        return len(value)
    raise BadData(f"{shown(value)} has no length")


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise BadData(f"{shown(value)} is no text: write text(...) around it")
    return value


def _items(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise BadData(f"{shown(value)} is no list")
    return value


def lower(value: Any) -> str:
    """Write a text in small letters."""
    return _string(value).lower()


def upper(value: Any) -> str:
    """Write a text in capitals."""
    return _string(value).upper()


def strip(value: Any) -> str:
    """Take blanks off both ends of a text."""
    return _string(value).strip()


def split(value: Any, separator: Any) -> list[str]:
    """Cut a text at each separator."""
    if not _string(separator):
        raise BadData("split() needs a separator of at least one character")
    return _string(value).split(separator)


def join(values: Any, separator: Any) -> str:
    """Join a list into a text."""
    texts, between = [as_text(value) for value in _items(values)], _string(separator)
    bounded(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def replace(value: Any, old: Any, new: Any) -> str:
    """Replace every occurrence of a text by another."""
    text, before, after = _string(value), _string(old), _string(new)
    if not before:
        raise BadData("replace() needs at least one character to look for")
    bounded(len(text) + text.count(before) * (len(after) - len(before)))
    return text.replace(before, after)


def starts_with(value: Any, start: Any) -> bool:
    """Say whether a text begins with another."""
    return _string(value).startswith(_string(start))


def ends_with(value: Any, end: Any) -> bool:
    """Say whether a text ends with another."""
    return _string(value).endswith(_string(end))


def contains(value: Any, part: Any) -> bool:
    """Say whether a text contains a text, a list an item, an object a key."""
    return op_in(part, value)


def ordered(values: Any) -> list[Any]:
    """Sort a list of numbers or a list of texts."""
    items = list(_items(values))
    if all(isinstance(item, str) for item in items) or all(is_number(item) for item in items):
        return sorted(items)
    raise BadData("sorted() needs a list of numbers or a list of texts")


def first(values: Any) -> Any:
    """Return the first item of a list, or null."""
    return _items(values)[0] if values else None


def last(values: Any) -> Any:
    """Return the last item of a list, or null."""
    return _items(values)[-1] if values else None


def keys(value: Any) -> list[str]:
    """Return the keys of an object."""
    if not isinstance(value, Mapping):
        raise BadData(f"{shown(value)} is no object")
    return list(value)


def values(value: Any) -> list[Any]:
    """Return the values of an object."""
    if not isinstance(value, Mapping):
        raise BadData(f"{shown(value)} is no object")
    return list(value.values())


def default(value: Any, otherwise: Any) -> Any:
    """Return the value, or another one where it is null."""
    return otherwise if value is None else value


def bit(value: Any, place: Any) -> bool:
    """Say whether a bit of a status word is set; bit 0 is the lowest."""
    at = integer(place)
    if not 0 <= at <= 1023:
        raise BadData(f"bit() knows places 0 to 1023, not {shown(place)}")
    return bool(integer(value) >> at & 1)


def type_name(value: Any) -> str:
    """Return "number", "text", "boolean", "null", "list", "object" or "bytes"."""
    if isinstance(value, bool):
        return "boolean"
    for types, name in _TYPES:
        if isinstance(value, types):
            return name
    return "null" if value is None else "other"


_TYPES: tuple[tuple[Any, str], ...] = (
    (int | float, "number"),
    (str, "text"),
    (list | tuple, "list"),
    (Mapping, "object"),
    (bytes | bytearray, "bytes"),
)


def iso(seconds: Any) -> str:
    """Write a time (seconds since 1970-01-01 UTC) as 2026-01-01T00:00:00.000Z."""
    try:
        moment = datetime.fromtimestamp(float(operand(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadData(f"{shown(seconds)} is no time") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": _mathematical(abs),
    "acos": _mathematical(math.acos),
    "asin": _mathematical(math.asin),
    "atan": _mathematical(math.atan),
    "atan2": _two(math.atan2),
    "bit": bit,
    "boolean": to_boolean,
    "ceil": _mathematical(math.ceil),
    "clamp": clamp,
    "contains": contains,
    "cos": _mathematical(math.cos),
    "default": default,
    "degrees": _mathematical(math.degrees),
    "endswith": ends_with,
    "exp": _mathematical(math.exp),
    "first": first,
    "fixed": fixed,
    "floor": _mathematical(math.floor),
    "hypot": _two(math.hypot),
    "iso": iso,
    "join": join,
    "keys": keys,
    "last": last,
    "len": length,
    "log": _mathematical(math.log),
    "log10": _mathematical(math.log10),
    "log2": _mathematical(math.log2),
    "lower": lower,
    "max": greatest,
    "mean": mean,
    "min": smallest,
    "number": to_number,
    "radians": _mathematical(math.radians),
    "replace": replace,
    "round": rounded,
    "sign": sign,
    "sin": _mathematical(math.sin),
    "sorted": ordered,
    "split": split,
    "sqrt": _mathematical(math.sqrt),
    "startswith": starts_with,
    "strip": strip,
    "sum": total,
    "tan": _mathematical(math.tan),
    "text": to_text,
    "trunc": _mathematical(math.trunc),
    "type": type_name,
    "upper": upper,
    "values": values,
}
"""What an expression may call."""

_NOT_NUMERIC = {
    "bit",
    "boolean",
    "contains",
    "default",
    "endswith",
    "first",
    "fixed",
    "iso",
    "join",
    "keys",
    "last",
    "lower",
}
_NOT_NUMERIC |= {"replace", "sorted", "split", "startswith", "strip", "text", "type", "upper", "values"}
NUMERIC = FUNCTIONS.keys() - _NOT_NUMERIC
"""The functions that always give a number (never true or false) that the operators take."""
