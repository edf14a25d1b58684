"""Values as texts, as JSONata's `$string` and `&` write them: what JavaScript's JSON makes of them."""

from __future__ import annotations

import math
from typing import Any, Final

from jsonata.functions import Functions
from jsonata.utils import Utils

from flowengine_nodes.nodered import javascript as js

DIGITS: Final = 15
"""How many digits of a fraction are written."""


class Bytes(list[Any]):
    """A buffer as a list of numbers, which is what jsonata-python sees of it."""


def text(value: Any, indent: int | None = None) -> str:
    """Return a value as text; nothing at all is the empty one.

    Raises:
        ValueError: it is a number that is not finite, or contains itself.
    """
    kind = value.__class__
    if kind is str:
        return str(value)
    if value is None:
        return ""
    if kind is int or kind is float:
        if not math.isfinite(value):
            raise ValueError(f"D3001: Attempting to invoke string function on {js.number_text(value)}")
        return js.number_text(_rounded(value))
    if getattr(value, "outer_wrapper", False):
        value = value[0]
    if Utils.is_function(value) or Functions.is_lambda(value) or Functions.is_regex(value):
        return ""
    return js.stringify(_json(value, 0), indent)


def _rounded(value: float) -> float:
    if value.__class__ is int:
        return value if -(2**53) < value < 2**53 else float(value)
    return value if value.is_integer() else float(f"{value:.{DIGITS}g}")


def _json(value: Any, depth: int) -> Any:
    if value is Utils.NULL_VALUE:
        return None
    if value.__class__ is int or isinstance(value, float):
        if math.isinf(value):
            raise ValueError(f"D1001: Number out of range: {js.number_text(value)}")
        return value if value != value else _rounded(value)
    if isinstance(value, Bytes):
        return bytes(value)
    if isinstance(value, dict | list) and depth < 500:
        if isinstance(value, dict):
            return {key: _json(inner, depth + 1) for key, inner in value.items()}
        return [_json(item, depth + 1) for item in value]
    if Utils.is_function(value) or Functions.is_lambda(value):
        return ""
    return value
