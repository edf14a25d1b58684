"""Configuration of a node of Node-RED as options of ours: what the node's schema knows, in the kind it wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flowengine.nodered.table import OPTIONS
from flowengine.options import problems

COMMON: Final = frozenset(
    {"id", "type", "z", "name", "wires", "x", "y", "d", "g", "l", "info", "w", "h", "inputs", "credentials", "noerr",
     "showLabel", "links", "icon", "inputLabels", "outputLabels", "label", "color", "hideBox", "winHide"}
)  # fmt: skip
"""What every entry may have and no option stands for."""

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\Z")


def fit(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the options that an entry gives to a node, and the names of what could not be taken.

    Args:
        entry: what Node-RED says.
        schema: the JSON Schema of the node's options.
    """
    known: dict[str, Any] = schema["properties"]
    options: dict[str, Any] = {}
    lost: list[str] = []
    for key, value in entry.items():
        name = OPTIONS.get(key, key)
        if name not in known:
            if key not in COMMON and value not in ("", None, False, [], {}):
                lost.append(key)
            continue
        if key in ("id", "group"):
            continue
        if "x-connection" in known[name] or (name in ("tls", "proxy") and isinstance(value, str)):
            continue
        made = coerced(value, known[name])
        if made is None and known[name].get("default", "") is None:
            continue
        if problems(known[name], made):
            if value not in ("", None):
                lost.append(key)
            continue
        if (
            "default" not in known[name]
            or known[name]["default"] != made
            or type(known[name]["default"]) is not type(made)
        ):
            options[name] = escaped(made)
    return options, lost


def coerced(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value in the kind that a schema wants, where it can be had so."""
    kinds = _kinds(schema)
    if not kinds:
        return value
    if isinstance(value, bool):
        return value if "boolean" in kinds or "string" not in kinds else str(value).lower()
    if isinstance(value, str):
        if "string" in kinds:
            return value
        if kinds & {"number", "integer"} and _NUMBER.match(value):
            number = float(value)
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
        if "boolean" in kinds and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return value
    if isinstance(value, int | float) and not kinds & {"number", "integer"} and "string" in kinds:
        return str(value)
    if isinstance(value, float) and "number" not in kinds and value.is_integer():
        return int(value)
    return value


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    kinds: set[str] = set()
    kind = schema.get("type")
    kinds.update([kind] if isinstance(kind, str) else kind or [])
    for each in schema.get("anyOf", ()):
        kinds |= _kinds(each)
    for each in schema.get("enum", ()):
        kinds.add("boolean" if isinstance(each, bool) else "string" if isinstance(each, str) else "number")
    return kinds


def escaped(value: Any) -> Any:
    """Return a value in which `${` stands for itself: Node-RED's nodes look their variables up themselves."""
    if isinstance(value, str):
        return value.replace("${", "$${") if "${" in value else value
    if isinstance(value, dict):
        return {str(key): escaped(inner) for key, inner in value.items()}
    return [escaped(inner) for inner in value] if isinstance(value, list) else value


def unescaped(value: Any) -> Any:
    """Return a value with `$${` as Node-RED writes it."""
    if isinstance(value, str):
        return value.replace("$${", "${")
    if isinstance(value, dict):
        return {key: unescaped(inner) for key, inner in value.items()}
    return [unescaped(inner) for inner in value] if isinstance(value, list) else value


def variables(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the variables that a tab, subflow, instance or group has; credentials aside."""
    env = entry.get("env")
    if not isinstance(env, list):
        return []
    kept = ("name", "value", "type")
    return [
        {key: each[key] for key in kept if key in each}
        for each in env
        if isinstance(each, dict) and isinstance(each.get("name"), str) and each.get("type") != "cred"
    ]


def rest(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a placeholder keeps of an entry."""
    return {
        k: v
        for k, v in entry.items()
        if k not in ("id", "type", "z", "name", "wires", "x", "y", "d", "g", "credentials")
    }


def widen(options: dict[str, Any], entry: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Give a node as many outputs as wires leave the entry."""
    wires = entry.get("wires")
    if isinstance(wires, list):
        stated = options.get("ports", schema["properties"]["ports"].get("default", 1))
        most = schema["properties"]["ports"].get("maximum", 1000)
        if len(wires) > stated:
            options["ports"] = min(len(wires), most)
