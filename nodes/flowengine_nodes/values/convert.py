"""JSON values as numbers and as text, by one rule everywhere."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import msgspec

from flowengine import BadData

_NUMBER = (int, float)  # isinstance takes a tuple several times as fast as a union


def figure(value: Any) -> str:
    """Return a value as a status shows it to people: six digits that count, whatever a float32 has behind them."""
    return f"{value:.6g}" if isinstance(value, float) else shown(value)


def shown(value: Any) -> str:
    """Return a value as an error text shows it: JSON, at most 60 characters."""
    if value is None or isinstance(value, bool):
        return as_text(value) or "null"
    if isinstance(value, float | str | bytes | bytearray):
        text = repr(value[:60] if isinstance(value, str | bytes | bytearray) else value)
    elif isinstance(value, int):
        text = str(value) if abs(value) < 10**60 else "an integer of more than 60 digits"
    else:
        try:
            text = msgspec.json.encode(value).decode()
        except (TypeError, ValueError, RecursionError):
            text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def is_number(value: Any) -> TypeGuard[int | float]:
    """Say whether a value is a number; true and false are not."""
    return isinstance(value, _NUMBER) and not isinstance(value, bool)


def number(value: Any) -> float:
    """Return a finite number as a float; text that is a number in decimal notation counts as one.

    Raises:
        BadData: it is something else (true and false included), not finite, or too large for a float.
    """
    if value.__class__ is float and value - value == 0.0:  # finite, the usual case
        return value
    found = decimal(value) if isinstance(value, str) else value if is_number(value) else None
    if found is not None:
        try:
            result = float(found)
        except OverflowError:
            result = math.inf
        if math.isfinite(result):
            return result
    raise BadData(f"{shown(value)} is not a number")


def decimal(text: str) -> float | int | None:
    """Return the number that a text is (an int when written as one), or None if it is none or not finite."""
    text = text.strip()
    if not text or len(text) > 400 or "_" in text:
        return None
    try:
        return int(text) if text.lstrip("+-").isdecimal() else _finite(float(text))
    except ValueError:
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def as_text(value: Any) -> str:
    """Return a value as text: text as it is, 21.0 as "21", true, "" for null, bytes as UTF-8, the rest as JSON.

    Raises:
        BadData: it cannot be written as text.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    try:
        if isinstance(value, int):
            return str(value)
        if isinstance(value, bytes | bytearray):
            return value.decode()
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadData(f"{shown(value)} cannot be written as text: {error}") from None
