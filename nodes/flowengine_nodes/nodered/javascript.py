"""How JavaScript sees values: as text, as numbers, as conditions, beside one another.

Undefined is MISSING, null is None, a Buffer is bytes, a Date is a datetime. After ECMA-262, sections 7.1 and 7.2.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flowengine_nodes.nodered.message import MISSING

NAN = float("nan")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity)\Z")
_PLACE = re.compile(r"0|[1-9]\d{0,9}")
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_LEADING = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Infinity)")


def is_number(value: Any) -> bool:
    """Say whether a value is a number (true and false are not)."""
    return value.__class__ is int or value.__class__ is float


def type_of(value: Any) -> str:
    """Return what `typeof` says."""
    if value is MISSING:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "object"


def truthy(value: Any) -> bool:
    """Say whether a value counts as true in a condition."""
    if value is None or value is MISSING or value is False or value == "":
        return False
    return not (is_number(value) and (value == 0 or value != value))


def number_text(value: float) -> str:
    """Return a number as JavaScript writes it: `1`, `0.1`, `1e+21`."""
    if isinstance(value, int) and abs(value) < 10**21:
        return str(value)
    value = float(value)
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0") or "0"
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"{sign}{digits[0]}{'.' + digits[1:] if len(digits) > 1 else ''}{power}"


def iso(value: datetime.datetime) -> str:
    """Return a date as `toISOString` does."""
    utc = value.astimezone(datetime.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def text(value: Any) -> str:
    """Return what `String(value)` gives; a Buffer is read as UTF-8."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if value is MISSING:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode(errors="replace")
    if isinstance(value, list | tuple):
        return ",".join("" if item is None or item is MISSING else text(item) for item in value)
    if isinstance(value, datetime.datetime):
        return iso(value)
    return "[object Object]"


def number(value: Any) -> float:
    """Return what `Number(value)` gives; NaN where it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if value is None:
        return 0
    if isinstance(value, datetime.datetime):
        return value.timestamp() * 1000
    if isinstance(value, list | tuple | bytes | bytearray):
        value = text(value)
    return _number_of_text(value.strip()) if isinstance(value, str) else NAN


def _number_of_text(value: str) -> float:
    if not value:
        return 0
    if value.isdigit() and value.isascii():
        return int(value)
    base = _BASES.get(value[:2].lower())
    if base is not None:
        try:
            return int(value[2:], base) if "_" not in value else NAN
        except ValueError:
            return NAN
    if not _DECIMAL.match(value):
        return NAN
    return narrow(float(value.replace("Infinity", "inf")))


def parse_float(value: Any) -> float:
    """Return what `parseFloat(value)` gives: the number that the text begins with."""
    if is_number(value):
        return value  # type: ignore[no-any-return]
    found = _LEADING.match(text(value))
    return narrow(float(found[1].replace("Infinity", "inf"))) if found else NAN


def narrow(value: float) -> float:
    """Return a number without a fraction as an int, so that it is written as one."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def loosely_equal(a: Any, b: Any) -> bool:
    """Return what `a == b` gives."""
    if a is None or a is MISSING or b is None or b is MISSING:
        return (a is None or a is MISSING) and (b is None or b is MISSING)
    kinds = type_of(a), type_of(b)
    if kinds[0] == kinds[1]:
        return a is b if kinds[0] == "object" else bool(a == b)
    if "object" in kinds:
        a, b = (primitive(a), primitive(b))
        if type_of(a) == type_of(b):
            return bool(a == b)
    x, y = number(a), number(b)
    return x == y


def primitive(value: Any) -> Any:
    """Return the text that stands for an object beside a text or a number."""
    return text(value) if type_of(value) == "object" and value is not None else value


def less(a: Any, b: Any) -> bool:
    """Return what `a < b` gives."""
    a, b = primitive(a), primitive(b)
    return bool(a < b) if isinstance(a, str) and isinstance(b, str) else number(a) < number(b)


def at_most(a: Any, b: Any) -> bool:
    """Return what `a <= b` gives."""
    a, b = primitive(a), primitive(b)
    return bool(a <= b) if isinstance(a, str) and isinstance(b, str) else number(a) <= number(b)


def stringify(value: Any, indent: int | None = None) -> str:
    """Return what `JSON.stringify` gives.

    Raises:
        ValueError: a value contains itself.
    """
    out: list[str] = []
    _write(value, "\n" if indent else "", " " * (indent or 0), out, ())
    return "".join(out)


def in_order(value: Mapping[Any, Any]) -> Iterable[tuple[Any, Any]]:
    """Return the items of an object in JavaScript's order: names that are whole numbers first, by size."""
    places = {key for key in value if _PLACE.fullmatch(str(key)) and int(key) < 2**32 - 1}
    if not places:
        return value.items()
    first = sorted(places, key=int)
    return [(key, value[key]) for key in first] + [item for item in value.items() if item[0] not in places]


def _write(value: Any, line: str, indent: str, out: list[str], around: tuple[int, ...]) -> None:
    if isinstance(value, str):
        out.append(json.dumps(value, ensure_ascii=False))
    elif value is None or value is MISSING:
        out.append("null")
    elif isinstance(value, bool | int | float):
        shown = text(value)
        out.append("null" if shown in ("NaN", "Infinity", "-Infinity") else shown)
    elif isinstance(value, datetime.datetime):
        out.append(f'"{iso(value)}"')
    else:
        _write_object(value, line, indent, out, around)


def _write_object(value: Any, line: str, indent: str, out: list[str], around: tuple[int, ...]) -> None:
    if id(value) in around or len(around) > 500:
        raise ValueError("Converting circular structure to JSON")
    inside, deeper = (*around, id(value)), line + indent if line else ""
    if isinstance(value, bytes | bytearray):
        value = {"type": "Buffer", "data": list(value)}
    if isinstance(value, list | tuple):
        opening, items = "[]", [("", item) for item in value]
    elif isinstance(value, Mapping):
        colon = ": " if line else ":"
        pairs = ((k, v) for k, v in in_order(value) if v is not MISSING)
        opening, items = "{}", [(json.dumps(str(k), ensure_ascii=False) + colon, v) for k, v in pairs]
    else:
        opening, items = "{}", []
    out.append(opening[0])
    for number, (key, item) in enumerate(items):
        out.append(f"{',' if number else ''}{deeper}{key}")
        _write(item, deeper, indent, out, inside)
    out.append(f"{line if items else ''}{opening[1]}")
