"""The one form in which flow files are written: `flowengine fmt`.

Keys have a fixed order, nodes and wires keep the order of their author, each node is a block that fits on one line or
has a line for each option, each wire and each position is one line, groups and notes of the canvas behind the positions
of nodes. Nothing is left out, numbers stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import msgspec

from flowengine.errors import FlowInvalid
from flowengine.flow.file import to_data
from flowengine.flow.model import Flow
from flowengine.flow.problem import errors
from flowengine.flow.strict_json import parse_json

WIDTH = 100
"""Columns that a block may take to stay on one line."""
MOST_KNOWN = 50_000
"""Parts of flows whose text is remembered; then all are forgotten."""
LONGEST_KNOWN = 500
"""Bytes of such a part at most."""

_TOP = [
    "$schema",
    "flowengine",
    "name",
    "note",
    "disabled",
    "delivery",
    "limits",
    "subflow",
    "outgoing",
    "environment",
    "connections",
    "nodes",
    "wires",
    "layout",
]
_ENVELOPE = [
    "$schema",
    "flowengine",
    "version",
    "note",
    "connections",
    "inputs",
    "outputs",
    "emergency_stop",
]
_LIMITS = (
    "type",
    "options",
    "group",
    "owner",
    "unit",
    "range",
    "values",
    "rate",
    "interval",
    "clamp",
    "max_age",
    "writers",
    "modes",
    "permissives",
    "interlocks",
    "safe",
    "watchdog",
    "read_back",
    "manual",
    "note",
)
_NODE = ("type", "options", "disabled", "note")
_WIRE = ("from", "to", "feedback", "queue", "disabled")
_INTERFACE = ["parameters", "inputs", "outputs"]
_KNOWN = frozenset((*_NODE, *_WIRE, *_LIMITS))


def format_flow(flow: Flow | Mapping[str, Any]) -> str:
    """Return the canonical text of a flow, or of the JSON value of a flow file whatever is wrong with it.

    Raises:
        ValueError: the value has something in it that JSON cannot say (NaN, infinity).
    """
    data = to_data(flow) if isinstance(flow, Flow) else flow
    members = [f"  {_text(key)}: {_top(key, value, data)}" for key, value in _ordered(data, _TOP)]
    return "{\n" + ",\n".join(members) + "\n}\n" if members else "{}\n"


def format_envelope(data: Mapping[str, Any]) -> str:
    """Return the canonical text of an envelope's JSON value, whatever is wrong with it: what is signed.

    Raises:
        ValueError: the value has something in it that JSON cannot say (NaN, infinity).
    """
    members = []
    for key, value in _ordered(data, _ENVELOPE):
        if key in ("connections", "inputs", "outputs") and isinstance(value, dict):
            order = _LIMITS if key == "outputs" else _NODE
            named = ((k, _block(_sorted(v, order), 4, len(_text(k)) + 6)) for k, v in value.items())
            members.append(f"  {_text(key)}: {_braces(named, 2)}")
        else:
            members.append(f"  {_text(key)}: {_block(value, 2, len(_text(key)) + 4)}")
    return "{\n" + ",\n".join(members) + "\n}\n" if members else "{}\n"


def format_text(text: str | bytes, file: str = "") -> str:
    """Return the canonical form of a flow file's text, or of an envelope's where the file has that name.

    Raises:
        FlowInvalid: it is not JSON, or not so that every reader would read the same; nothing may be lost here.
    """
    parsed = parse_json(text, file)
    problems = [problem for problem in errors(parsed.problems) if problem.code != "bom"]
    if problems:
        raise FlowInvalid(file or "flow", list(problems))
    if not isinstance(parsed.value, dict):
        return _block(parsed.value, 0, 0) + "\n"
    is_envelope = PurePath(file).name == "envelope.json"
    return format_envelope(parsed.value) if is_envelope else format_flow(parsed.value)


def _top(key: str, value: Any, data: Mapping[str, Any]) -> str:
    if key == "subflow" and isinstance(value, dict):
        return _braces(((k, _lines_of(v, 4)) for k, v in _ordered(value, _INTERFACE)), 2)
    if key in ("nodes", "connections") and isinstance(value, dict):
        return _braces(((k, _again(_node, v, len(_text(k)) + 6)) for k, v in value.items()), 2)
    if key == "wires" and isinstance(value, list):
        return _brackets((_again(_wire, wire, 0) for wire in value), 2)
    if key == "layout" and isinstance(value, dict):
        nodes = data.get("nodes")
        order = list(nodes) if isinstance(nodes, dict) else []
        order += [k for k in value if not k.startswith("$")] + sorted(k for k in value if k.startswith("$"))
        return _braces(((k, _again(_place, v, 0)) for k, v in _ordered(value, order)), 2)
    if key == "environment":
        return _lines_of(value, 2)
    return _block(value, 2, len(_text(key)) + 4)


def _node(value: Any, before: int) -> str:
    return _block(_sorted(value, _NODE), 4, before)


def _wire(value: Any, before: int) -> str:
    return _line(_sorted(value, _WIRE))


def _place(value: Any, before: int) -> str:
    return _line(value)


def _again(write: Callable[[Any, int], str], value: Any, before: int) -> str:
    """Write a part of a flow as it was written before: of a large flow nearly all is the same from deploy to deploy."""
    try:
        said = _compact(value)
    except (TypeError, ValueError, OverflowError, RecursionError):  # what JSON cannot say
        return write(value, before)
    if len(said) > LONGEST_KNOWN or b"null" in said:  # which NaN is written as too
        return write(value, before)
    key = (write, said, before)
    known = _KNOWN_PARTS.get(key)
    if known is None:
        if len(_KNOWN_PARTS) >= MOST_KNOWN:
            _KNOWN_PARTS.clear()
        known = _KNOWN_PARTS[key] = write(value, before)
    return known


def _lines_of(value: Any, indent: int) -> str:
    """Write an object with one line for each member."""
    if not isinstance(value, dict):
        return _block(value, indent, indent)
    return _braces(((k, _block(v, indent + 2, len(_text(k)) + indent + 4)) for k, v in value.items()), indent)


def _block(value: Any, indent: int, before: int) -> str:
    """Write a value on one line if that ends within the width, else with a line for each member."""
    line = _line(value)
    if before + len(line) + 1 <= WIDTH or not isinstance(value, dict | list):
        return line
    if isinstance(value, dict):
        inner = ((k, _block(v, indent + 2, indent + 4 + len(_text(k)))) for k, v in value.items())
        return _braces(inner, indent)
    return _brackets((_block(v, indent + 2, indent + 2) for v in value), indent)


def _braces(members: Iterable[tuple[str, str]], indent: int) -> str:
    pad = " " * indent
    body = ",\n".join(f"{pad}  {_text(key)}: {text}" for key, text in members)
    return "{\n" + body + "\n" + pad + "}" if body else "{}"


def _brackets(items: Iterable[str], indent: int) -> str:
    pad = " " * indent
    body = ",\n".join(f"{pad}  {text}" for text in items)
    return "[\n" + body + "\n" + pad + "]" if body else "[]"


def _ordered(data: Mapping[str, Any], order: Iterable[str]) -> list[tuple[str, Any]]:
    first = dict.fromkeys(key for key in order if key in data)
    return [(key, data[key]) for key in (first | dict.fromkeys(data))]


def _sorted(value: Any, order: tuple[str, ...]) -> Any:
    if not isinstance(value, dict):
        return value
    keys = tuple(value)
    if not _KNOWN.issuperset(keys):
        return dict(_ordered(value, order))
    wanted = _arranged(keys, order)
    return value if wanted is keys or wanted == keys else {key: value[key] for key in wanted}


@lru_cache(maxsize=1024)
def _arranged(keys: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    """Return keys in order; of thousands of nodes and wires most have the same."""
    return tuple(key for key, _ in _ordered(dict.fromkeys(keys), order))


def _line(value: Any) -> str:
    text = _encode(value)
    return text if text.isascii() or _SURROGATE.search(text) is None else json.dumps(value, allow_nan=False)


_text = _line

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_compact = msgspec.json.Encoder().encode
_KNOWN_PARTS: dict[tuple[Callable[[Any, int], str], bytes, int], str] = {}
"""How it is written, what it says, and the columns before it -> its text."""
_SURROGATE = re.compile("[\ud800-\udfff]")
