"""JSONata with Node-RED's own functions: the common part compiled, all else by jsonata-python, within bounds."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.message import MISSING

LONGEST_MS: Final = 1000
"""Milliseconds of work for an expression."""
DEEPEST: Final = 200

_MSG: Final = re.compile(r"""(?:^|[^a-zA-Z0-9_'".])msg(?:[^a-zA-Z0-9_'"]|$)""")


def check(expression: str) -> None:
    """Refuse what is no expression.

    Raises:
        RedError: it cannot be read, or jsonata-python is not installed.
    """
    _parsed(expression)


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    try:
        from flowengine_nodes.nodered.expression.library import Expression
    except ImportError:
        raise RedError("JSONata needs the extra nodered: pip install flowengine-ot[nodered]") from None
    try:
        return Expression(expression)
    except Exception as error:  # noqa: BLE001 - the library raises what it likes on a stranger's text
        raise RedError(f"Invalid JSONata expression: {error}") from None


@lru_cache(maxsize=1024)
def compiled(expression: str) -> Any:
    """Return an expression as a function of node, msg and what is bound; None where jsonata-python has to read it.

    Raises:
        RedError: it cannot be read.
    """
    from flowengine_nodes.nodered.expression.compiled import compiled as compile_tree

    return compile_tree(_parsed(expression).ast)


def evaluate(node: Any, expression: str, msg: Any, **bound: Any) -> Any:
    """Return the value of an expression for a msg; MISSING where there is none.

    Raises:
        RedError: it fails, or takes more than a second of work.
    """
    if _is_of_old(expression):
        msg = {"msg": msg}
    fast = compiled(expression)
    if fast is not None:
        try:
            return _taken(fast(node, None if msg is MISSING else msg, bound))
        except Exception:  # noqa: BLE001 - whatever it is, jsonata-python says what
            pass
    return by_library(node, expression, msg, **bound)


@lru_cache(maxsize=1024)
def _is_of_old(expression: str) -> bool:
    """Say whether an expression names msg, as those of Node-RED's early days do, and so looks for it beside others."""
    return _MSG.search(expression) is not None


def by_library(node: Any, expression: str, msg: Any, **bound: Any) -> Any:
    """Return the same, by jsonata-python alone.

    Raises:
        RedError: it fails, or takes more than a second of work.
    """
    parsed = _parsed(expression)
    from flowengine_nodes.nodered.expression.bounds import bound as hold
    from flowengine_nodes.nodered.expression.library import functions

    frame = parsed.create_frame()
    hold(frame, LONGEST_MS, DEEPEST)
    for name, value in {**functions(), **_functions(node), **bound}.items():
        frame.bind(name, value)
    try:
        result = parsed.evaluate(_given(msg), frame)
    except Exception as error:  # noqa: BLE001 - as above
        raise RedError(f"Invalid JSONata expression: {error}") from None
    return _taken(result)


def _functions(node: Any) -> dict[str, Any]:
    """Return Node-RED's functions, and those of time, which is the engine's and stands still in an expression."""
    from jsonata import Jsonata
    from jsonata.functions import Functions

    from flowengine_nodes.nodered.expression import outside

    @cache
    def millis() -> int:
        return outside.millis(node)

    made = {
        "flowContext": lambda name, store=None: _given(outside.flow(node, name, store)),
        "globalContext": lambda name, store=None: _given(outside.everywhere(node, name, store)),
        "env": lambda name: _given(outside.variable(node, name)),
        "clone": lambda value: value,
        "millis": millis,
        "now": lambda picture=None, zone=None: Functions.datetime_from_millis(millis(), picture, zone),
    }
    return {name: Jsonata.JLambda(function) for name, function in made.items()}


def _given(value: Any) -> Any:
    if value is MISSING:
        return None
    return _seen(value) if _holds_bytes(value) else value


def _holds_bytes(value: Any, depth: int = 0) -> bool:
    if isinstance(value, bytes):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < DEEPEST and any(_holds_bytes(each, depth + 1) for each in inner)


def _seen(value: Any) -> Any:
    if isinstance(value, bytes):
        from flowengine_nodes.nodered.expression.texts import Bytes

        return Bytes(value)
    if isinstance(value, dict):
        return {key: _seen(inner) for key, inner in value.items()}
    return [_seen(item) for item in value] if isinstance(value, list) else value


def _taken(value: Any) -> Any:
    if value is None:
        return MISSING
    return _plain(value)


def _plain(value: Any) -> Any:
    if value.__class__.__name__ == "NullValue":
        return None
    if isinstance(value, float):
        return js.narrow(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value.__class__.__name__ == "Bytes":
            return bytes(value)
        return [_plain(item) for item in value]
    return value
