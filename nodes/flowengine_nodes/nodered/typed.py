"""Typed inputs: a value and how to read it (msg, flow, global, str, num, bool, json, bin, re, date, jsonata, env)."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import msgspec

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import Red, RedError
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.regular import regular

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def evaluate(node: Any, value: Any, kind: str, msg: Msg) -> Any:
    """Return the value of a typed input for a msg; MISSING where there is none.

    Raises:
        RedError: it cannot be read so.
    """
    if kind == "str":
        return value if isinstance(value, str) else js.text(value)
    if kind == "msg":
        try:
            return properties.get(msg, value)
        except properties.NotThere:
            return MISSING
    if kind == "num":
        return js.number(value)
    if kind == "bool":
        return value is True or (isinstance(value, str) and value.lower() == "true")
    if kind == "json":
        return parse_json(value)
    if kind in ("flow", "global"):
        return from_context(node, kind, value, msg)
    if kind == "date":
        return date(node, value)
    if kind == "env":
        return environment(node, js.text(value))
    if kind == "bin":
        return binary(parse_json(value))
    if kind == "re":
        return regular(js.text(value))
    if kind == "jsonata":
        from flowengine_nodes.nodered.jsonata import evaluate as jsonata

        return jsonata(node, js.text(value), msg)
    return value


def parse_json(value: Any) -> Any:
    """Return what a JSON text says; anything else as it is.

    Raises:
        RedError: it is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(value, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise RedError(f"SyntaxError: {_said(error)}") from None
    except (ValueError, RecursionError) as error:
        raise RedError(f"SyntaxError: {error}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"Unexpected token '{constant[0]}'")


_WORDS = {
    "Expecting property name enclosed in double quotes": "Expected property name or '}' in JSON",
    "Illegal trailing comma before end of object": "Expected double-quoted property name in JSON",
    "Expecting ':' delimiter": "Expected ':' after property name in JSON",
    "Unterminated string starting at": "Unterminated string in JSON",
    "Invalid control character at": "Bad control character in string literal in JSON",
    "Invalid \\escape": "Bad escaped character in JSON",
    "Extra data": "Unexpected non-whitespace character after JSON",
}


def _said(error: json.JSONDecodeError) -> str:
    """Return an error in the words of JavaScript."""
    text, at = error.doc, error.pos
    if error.msg == "Expecting value":
        if not text[at:].strip():
            return "Unexpected end of JSON input"
        if text[at] == "-":
            return f"No number after minus sign in JSON at position {at + 1}"
        shown = f'"{text}"' if len(text) <= 40 else f'..."{text[max(0, at - 10) : at + 10]}"...'
        return f"Unexpected token '{text[at]}', {shown} is not valid JSON"
    if error.msg.startswith("Expecting ',' delimiter"):
        inside = text[:at].rstrip()
        array = inside.rfind("[") > inside.rfind("{")
        what = "']' after array element" if array else "'}' after property value"
        return f"Expected ',' or {what} in JSON at position {at}"
    words = next((said for known, said in _WORDS.items() if error.msg.startswith(known)), error.msg)
    return f"{words} at position {len(text) if error.msg.startswith('Unterminated') else at}"


def binary(value: Any) -> bytes:
    """Return what `Buffer.from(value)` gives."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list):
        return bytes(int(js.number(item)) & 255 if js.number(item) == js.number(item) else 0 for item in value)
    if isinstance(value, dict) and value.get("type") == "Buffer" and isinstance(value.get("data"), list):
        return binary(value["data"])
    raise RedError("TypeError: The first argument must be a string, an array or a buffer")


def from_context(node: Any, scope: str, key: Any, msg: Msg | None = None) -> Any:
    """Return a value of the flow's or the global context."""
    store, name = properties.store_and_key(js.text(key))
    keys = properties.parse(name, msg)
    context = node.store(scope, store)
    value: Any = context.get(str(keys[0]) if len(keys) == 1 and "." not in name else _first(keys), MISSING)
    for step in keys[1:]:
        if value is None or value is MISSING:
            return MISSING
        value = properties.step(value, step)
    return value


def to_context(node: Any, scope: str, key: Any, value: Any, msg: Msg | None = None) -> None:
    """Set a value of the flow's or the global context; MISSING forgets it."""
    store, name = properties.store_and_key(js.text(key))
    keys = properties.parse(name, msg)
    text = "".join(f"[{k}]" if isinstance(k, int) else f'["{k}"]' for k in keys)
    context = node.store(scope, store)
    try:
        context.set(text.removeprefix("."), None if value is MISSING else value)
    except ValueError as error:
        raise RedError(str(error)) from None


def _first(keys: Any) -> str:
    key = keys[0]
    return f"[{key}]" if isinstance(key, int) else f'["{key}"]'


def date(node: Any, form: Any) -> Any:
    """Return the time now: milliseconds since 1970, or as text or object."""
    now = node.clock.now()
    when = datetime.datetime.fromtimestamp(int(now * 1000) / 1000, datetime.UTC)
    if form == "iso":
        return js.iso(when)
    return when if form == "object" else int(now * 1000)


def environment(node: Red, text: str) -> Any:
    """Return a variable, or a text with `${NAME}` in it filled in; an unknown one is empty."""
    found = _VARIABLE.fullmatch(text)
    if found or "${" not in text:
        value = node.variable(found[1] if found else text)
        return "" if value is MISSING else value
    return _VARIABLE.sub(lambda part: _text(node.variable(part[1])), text)


def _text(value: Any) -> str:
    return "" if value is MISSING else js.text(value)
