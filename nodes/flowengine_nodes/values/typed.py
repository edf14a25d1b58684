"""Typed values, as in Node-RED's forms: a value and how to read it, made ready once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from flowengine import Message, Node, path
from flowengine_nodes.values.convert import decimal, is_number
from flowengine_nodes.values.expression_language import INLINE_NAMES, compile_expression, node_functions
from flowengine_nodes.values.properties import MISSING, reader

ValueType = Literal["str", "num", "bool", "json", "date", "env", "msg", "flow", "global", "expression"]

AS_WRITTEN = "left out: as it is written (a text, a number, true, a list, an object)"


@dataclass(frozen=True)
class Typed:
    """A value that a node reads for each message."""

    read: Callable[[Message], Any]
    """Return the value for a message; MISSING where there is none."""
    constant: Any = MISSING
    """The value, if it is the same for every message."""
    python: str | None = None
    """The same as a Python expression over payload, topic, time and quality, if it has that form."""
    names: Mapping[str, Any] = field(default_factory=dict)
    """What the expression uses."""
    uses: frozenset[str] = frozenset()
    """Which of payload and topic the expression uses."""
    may_miss: bool = False
    """Whether the expression may give MISSING."""


def typed(value: Any, kind: ValueType | None, node: Node, label: str) -> Typed:
    """Make a typed value ready.

    Args:
        value: what the option says.
        kind: how to read it; None: as it is written.
        node: the node that it belongs to; asked for clock, environment and context only when a message comes.
        label: the option's name, for error texts.

    Raises:
        ValueError: the value cannot be read so.
    """
    if kind is None or kind in ("str", "num", "bool", "json"):
        return constant(_constant(value, kind, label))
    if kind == "date":
        return _called(lambda: node.clock.now())
    if not isinstance(value, str):
        raise ValueError(f"{label} must be text for type {kind}, not {value!r:.60}")
    if kind == "msg":
        return _property(value.removeprefix("msg."))
    if kind == "expression":
        expression = compile_expression(value, node_functions(node))
        python = expression.python if expression.inlinable else None
        uses = expression.names & {"payload", "topic"}
        return Typed(expression.evaluate, python=python, names=expression.helpers, uses=frozenset(uses))
    if kind == "env":
        return _called(lambda: _absent(node.runtime.environment(value)))
    path.parse(value)
    scope: Literal["flow", "global"] = "flow" if kind == "flow" else "global"
    return _called(lambda: node.context(scope).get(value, MISSING))


def constant(value: Any) -> Typed:
    """Return a value that is the same for every message."""
    if value is None or isinstance(value, bool):
        return Typed(lambda msg: value, value, python=repr(value))
    return Typed(lambda msg: value, value, python="constant", names={"constant": value})


def _called(function: Callable[[], Any]) -> Typed:
    return Typed(lambda msg: function(), python="value()", names={"value": function}, may_miss=True)


def _property(where: str) -> Typed:
    read = reader(where)
    if where in INLINE_NAMES:
        return Typed(read, python=where, uses=frozenset({where} & {"payload", "topic"}))
    name, *rest = path.parse(where)
    if name == "payload" and len(rest) == 1 and isinstance(rest[0], str):  # a key of an object needs no call
        below = tuple(rest)
        names = {"key": rest[0], "missing": MISSING, "at": lambda payload: path.get(payload, below), "dict": dict}
        python = "payload.get(key, missing) if payload.__class__ is dict else at(payload)"
        return Typed(read, python=python, names=names, uses=frozenset({"payload"}), may_miss=True)
    return Typed(read)


def _absent(value: str | None) -> Any:
    return MISSING if value is None else value


def _constant(value: Any, kind: ValueType | None, label: str) -> Any:
    if kind == "str":
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if kind == "num":
        found = decimal(value) if isinstance(value, str) else value
        if not is_number(found):
            raise ValueError(f"{label} must be a number, not {value!r:.60}")
        return found
    if kind == "bool":
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise ValueError(f"{label} must be true or false, not {value!r:.60}")
    if kind == "json" and isinstance(value, str):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            raise ValueError(f"{label} is not JSON: {error}") from None
    return value
