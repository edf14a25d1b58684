"""Buffers as JavaScript makes them of values."""

from __future__ import annotations

import base64
import re
from typing import Any

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.message import MISSING

_NO_DIGITS = re.compile(r"[^A-Za-z0-9+/]")


def from_base64(value: Any) -> bytes:
    """Return what `Buffer.from(value, "base64")` gives: what is no digit is passed over, a last one alone is left out.

    Raises:
        RedError: it is neither a text nor a list nor a buffer.
    """
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, list):
        return bytes(int(number) & 255 if (number := js.number(item)) == number else 0 for item in value)
    if not isinstance(value, str):
        raise RedError(
            "TypeError [ERR_INVALID_ARG_TYPE]: The first argument must be of type string or an instance of Buffer, "
            f"ArrayBuffer, or Array or an Array-like Object. Received {_described(value)}"
        )
    digits = _NO_DIGITS.sub("", value.partition("=")[0].replace("-", "+").replace("_", "/"))
    whole = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    return base64.b64decode(whole + "=" * (-len(whole) % 4))


def _described(value: Any) -> str:
    if value is None or value is MISSING:
        return js.text(value)
    if isinstance(value, bool | int | float):
        return f"type {js.type_of(value)} ({js.text(value)})"
    return "an instance of Object"
