"""JSONata by jsonata-python, with bounds on time and depth, and Node-RED's own functions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.message import MISSING, Msg

LONGEST_MS: Final = 1000
DEEPEST: Final = 200


def check(expression: str) -> None:
    """Refuse what is no expression.

    Raises:
        RedError: it cannot be read, or jsonata-python is not installed.
    """
    _parsed(expression)


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    try:
        import jsonata
    except ImportError:
        raise RedError("JSONata needs the extra nodered: pip install flowengine-ot[nodered]") from None
    try:
        return jsonata.Jsonata(expression)
    except Exception as error:  # noqa: BLE001 - the library raises what it likes on a stranger's text
        raise RedError(f"Invalid JSONata expression: {error}") from None


def evaluate(node: Any, expression: str, msg: Any, **bound: Any) -> Any:
    """Return the value of an expression for a msg; MISSING where there is none.

    Raises:
        RedError: it fails, or takes longer than a second.
    """
    parsed = _parsed(expression)
    frame = parsed.create_frame()
    frame.set_runtime_bounds(LONGEST_MS, DEEPEST)
    from flowengine_nodes.nodered.typed import from_context

    def context(scope: str) -> Any:
        return lambda name, store=None: _given(from_context(node, scope, f"#:({store})::{name}" if store else name))

    frame.bind("flowContext", _lambda(context("flow")))
    frame.bind("globalContext", _lambda(context("global")))
    frame.bind("env", _lambda(lambda name: _given(_known(node.variable(name)))))
    frame.bind("clone", _lambda(lambda value: value))
    for name, value in bound.items():
        frame.bind(name, value)
    try:
        result = parsed.evaluate(_given(msg), frame)
    except Exception as error:  # noqa: BLE001 - as above
        raise RedError(f"Invalid JSONata expression: {error}") from None
    return _taken(result)


def _known(value: Any) -> Any:
    return "" if value is MISSING else value


def _lambda(function: Any) -> Any:
    return function


def _given(value: Any) -> Any:
    return None if value is MISSING else value


def _taken(value: Any) -> Any:
    if value is None:
        return MISSING
    return _plain(value)


def _plain(value: Any) -> Any:
    import jsonata

    if value is jsonata.Utils.NULL_VALUE:
        return None
    if isinstance(value, float):
        return js.narrow(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


__all__ = ["Msg", "check", "evaluate"]
