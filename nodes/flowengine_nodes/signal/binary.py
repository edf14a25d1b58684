"""JSON values as on and off, by one rule everywhere."""

from __future__ import annotations

from typing import Any

from flowengine import BadData
from flowengine_nodes.values.convert import is_number, shown

_WORDS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def binary(value: Any) -> bool:
    """Return whether a value means on: true, a number other than 0, or the text true, on or 1.

    Raises:
        BadData: it is neither on nor off.
    """
    if value is True or value is False:
        return bool(value)
    if is_number(value) and value == value:
        return value != 0
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise BadData(f"{shown(value)} is neither on nor off; expected true or false, or a number")
