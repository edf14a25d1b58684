"""Nodes of Node-RED that nodes of our own can stand for, where both do the same with numbers, texts, true and false.

They are fused into chains, and the canvas knows their forms. What differs: null counts as the number 0 in JavaScript
and as no number here; a message that a range cannot map fails here.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from flowengine.nodered.entries import Entry
from flowengine.nodered.fitting import escaped

NATIVE: Final = {"change": "values/change", "switch": "routing/switch", "range": "values/range"}
HEARS: Final = frozenset({"catch", "status", "complete"})
"""Nodes that hear of others, which must then be Node-RED's own."""

OPERATORS: Final = frozenset({"eq", "neq", "lt", "lte", "gt", "gte"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RESERVED: Final = frozenset({"time", "id", "_msgid", "parts", "error", "payload"})
_QUALITIES: Final = ("good", "uncertain", "bad")


def native(entry: Entry) -> tuple[str, dict[str, Any]] | None:
    """Return the type and the options of a node of ours that stands for an entry; None: there is none."""
    make = {"change": _change, "switch": _switch, "range": _range}.get(entry["type"])
    made = make(entry) if make is not None else None
    return None if made is None else (NATIVE[entry["type"]], made)


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return (int(number) if number.is_integer() else number) if math.isfinite(number) else None


def _change(entry: Entry) -> dict[str, Any] | None:
    rules = [_set(rule) for rule in entry["rules"]] if isinstance(entry.get("rules"), list) else []
    return {"rules": rules} if rules and None not in rules else None


def _set(rule: Any) -> dict[str, Any] | None:
    if not isinstance(rule, dict) or rule.get("t") != "set" or rule.get("pt", "msg") != "msg":
        return None
    name, value, kind = rule.get("p"), rule.get("to"), rule.get("tot")
    if not isinstance(name, str) or not _NAME.match(name) or name in _RESERVED:
        return None
    if kind == "num":
        value = _number(value)
    elif kind == "bool":
        value = {"true": True, "false": False}.get(str(value))
    elif kind != "str" or not isinstance(value, str):
        return None
    if (
        value is None
        or (name == "topic" and not isinstance(value, str))
        or (name == "quality" and value not in _QUALITIES)
    ):
        return None
    return {"property": name, "to": escaped(value)}


def _switch(entry: Entry) -> dict[str, Any] | None:
    if entry.get("property") != "payload" or entry.get("propertyType", "msg") != "msg" or entry.get("repair"):
        return None
    rules = [_compared(rule) for rule in entry["rules"]] if isinstance(entry.get("rules"), list) else []
    if not rules or None in rules:
        return None
    return {"rules": rules, **({} if entry.get("checkall", "true") in ("true", True) else {"check_all": False})}


def _compared(rule: Any) -> dict[str, Any] | None:
    if not isinstance(rule, dict) or rule.get("t") not in OPERATORS or rule.get("vt") != "num":
        return None
    number = _number(rule.get("v"))
    return None if number is None else {"operator": rule["t"], "value": number}


def _range(entry: Entry) -> dict[str, Any] | None:
    bounds = [_number(entry.get(name)) for name in ("minin", "maxin", "minout", "maxout")]
    action, where = entry.get("action"), entry.get("property", "payload")
    if (
        None in bounds
        or action not in ("scale", "clamp", "roll", "drop")
        or where != "payload"
        or bounds[0] == bounds[1]
    ):
        return None
    names = ("input_low", "input_high", "output_low", "output_high")
    rounded = {"round": True} if entry.get("round") is True else {}
    return {"action": action, **dict(zip(names, bounds, strict=True)), **rounded}
