"""Property expressions of Node-RED: `payload.a[0]["b c"][msg.topic]`, read and written as its `RED.util` does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowengine import path
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.message import MISSING, Msg


class NotThere(RedError):
    """What a property stands below is null or undefined."""


_INNER = re.compile(r"\[msg\.((?:[^\[\]]|\[[^\[\]]*\])*)\]")
_STORE = re.compile(r"#:\((\S+?)\)::(.*)\Z", re.DOTALL)


def parse(expression: str, msg: Msg | None = None) -> path.Path:
    """Return the keys of an expression; `[msg.x]` in it is looked up in the msg.

    Raises:
        RedError: it is no expression.
    """
    text = expression
    if msg is not None and "[msg." in text:
        text = _INNER.sub(lambda found: _key(get(msg, found[1])), text)
    try:
        return path.parse(text)
    except ValueError as error:
        raise RedError(f"Invalid property expression: {error}") from None


def _key(value: Any) -> str:
    if js.is_number(value):
        return f"[{js.number_text(value)}]"
    return '["' + js.text(value).replace('"', "") + '"]'


def step(value: Any, key: path.Key) -> Any:
    """Return one property of a value, as `value[key]` in JavaScript."""
    if value is None or value is MISSING:
        raise NotThere(f"TypeError: Cannot read properties of {js.text(value)} (reading '{key}')")
    if isinstance(value, Mapping):
        return value.get(str(key) if isinstance(key, int) else key, MISSING)
    if isinstance(value, list | tuple | str | bytes | bytearray):
        if key == "length":
            return len(value)
        if isinstance(key, str) and key.isdigit():
            key = int(key)
        if isinstance(key, int) and key < len(value):
            return value[key]
    return MISSING


def get(root: Any, expression: str) -> Any:
    """Return the value of a property of a msg; MISSING where there is none.

    Raises:
        RedError: what it stands below is null or undefined.
    """
    expression = expression.removeprefix("msg.")
    if root.__class__ is dict and expression in root:
        return root[expression]
    value = root
    for key in parse(expression, root):
        value = step(value, key)
    return value


def put(msg: Msg, expression: str, value: Any, create: bool = True) -> bool:
    """Give a property of a msg a value (MISSING: delete it); False: what lies on the way is no object.

    The msg itself is changed, what lies below is copied on the way.
    """
    keys = parse(expression.removeprefix("msg."), msg)
    name = str(keys[0])
    if len(keys) == 1:
        if value is MISSING:
            msg.pop(name, None)
        else:
            msg[name] = value
        return True
    made = _put(msg.get(name, MISSING), keys[1:], value, create)
    if made is _REFUSED:
        return False
    msg[name] = made
    return True


_REFUSED: Any = object()


def _put(root: Any, keys: path.Path, value: Any, create: bool) -> Any:
    key, rest = keys[0], keys[1:]
    if root is MISSING:
        if value is MISSING or not create:
            return _REFUSED
        root = [] if isinstance(key, int) else {}
    if isinstance(root, list | tuple):
        if isinstance(key, str) and key.isdigit():
            key = int(key)
        if not isinstance(key, int):
            return _REFUSED
        return _put_item(list(root), key, rest, value, create)
    if not isinstance(root, Mapping):
        return _REFUSED
    name = str(key)
    if rest:
        made = _put(root.get(name, MISSING), rest, value, create)
        return made if made is _REFUSED else {**root, name: made}
    if value is MISSING:
        return {k: v for k, v in root.items() if k != name}
    return {**root, name: value}


def _put_item(items: list[Any], at: int, rest: path.Path, value: Any, create: bool) -> Any:
    if at >= len(items) + 10_000:
        raise RedError(f"index {at} is more than 10000 past the end of the array")
    if value is MISSING and not rest:
        if at < len(items):
            del items[at]
        return items
    made = _put(items[at] if at < len(items) else MISSING, rest, value, create) if rest else value
    if made is _REFUSED:
        return _REFUSED
    items.extend([None] * (at + 1 - len(items)))
    items[at] = made
    return items


def store_and_key(text: str) -> tuple[str, str]:
    """Return the store and the key of a context property: `#:(file)::count` names both."""
    found = _STORE.match(text)
    return (found[1], found[2]) if found else ("", text)
