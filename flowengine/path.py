"""Property paths as Node-RED users write them: `payload.motor.temps[0]`, `topic`, `parts["key one"]`.

A path is compiled once into a tuple of keys (str) and indices (int). Reading walks it; setting and deleting copy
only the containers on the way, so that values shared with other messages never change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Key = str | int
Path = tuple[Key, ...]

_STEP = re.compile(r"""\.?([^.\[\]"']+)|\[(\d+)\]|\[(?:"([^"]*)"|'([^']*)')\]""")

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Return the keys of a path.

    Raises:
        ValueError: the text is empty or is no path; the message says at which character.
    """
    if not text or text[0] == ".":
        raise ValueError(f"'{text}' is not a property path: it must begin with a name, such as payload or topic")
    keys: list[Key] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or (at > 0 and text[at] not in ".["):
            raise ValueError(f"'{text}' is not a property path: unexpected '{text[at]}' at character {at + 1}")
        name, index, double, single = step.groups()
        keys.append(int(index) if index is not None else next(k for k in (name, double, single) if k is not None))
        at = step.end()
    return tuple(keys)


def get(root: Any, path: Path, default: Any = MISSING) -> Any:
    """Return what stands at `path` below `root` (dicts and lists), or `default`."""
    value = root
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return default
    return value


def put(root: Any, path: Path, value: Any) -> Any:
    """Return a copy of `root` with `value` at `path`; missing dicts and lists on the way are made.

    Raises:
        ValueError: something on the way is neither a dict nor a list.
    """
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        if root is MISSING or root is None:
            root = []
        if not isinstance(root, list | tuple):
            raise ValueError(f"cannot set index {key} of a {type(root).__name__}")
        items = list(root)
        if key >= len(items) + 10_000:
            raise ValueError(f"index {key} is more than 10000 past the end of the list")
        items.extend([None] * (key + 1 - len(items)))
        items[key] = put(items[key], rest, value)
        return items
    if root is MISSING or root is None:
        root = {}
    if not isinstance(root, Mapping):
        raise ValueError(f"cannot set property '{key}' of a {type(root).__name__}")
    return {**root, key: put(root.get(key, MISSING), rest, value)}


def remove(root: Any, path: Path) -> Any:
    """Return a copy of `root` without what stands at `path`; the same object when nothing stands there."""
    if get(root, path) is MISSING:
        return root
    key, rest = path[0], path[1:]
    if isinstance(root, Mapping):
        if not rest:
            return {k: v for k, v in root.items() if k != key}
        return {**root, key: remove(root[key], rest)}
    items = list(root)
    assert isinstance(key, int)
    if not rest:
        del items[key]
    else:
        items[key] = remove(items[key], rest)
    return items
