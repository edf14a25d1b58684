"""JSONata by jsonata-python, with bounds on time and depth, and Node-RED's own functions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.message import MISSING

LONGEST_MS: Final = 1000
DEEPEST: Final = 200
WIDEST: Final = 1_000_000
"""Characters that $pad makes at most."""


def check(expression: str) -> None:
    """Refuse what is no expression.

    Raises:
        RedError: it cannot be read, or jsonata-python is not installed.
    """
    _parsed(expression)


def _library() -> Any:
    try:
        import jsonata
    except ImportError:
        raise RedError("JSONata needs the extra nodered: pip install flowengine-ot[nodered]") from None
    return jsonata


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    try:
        parsed = _library().Jsonata(expression)
        parsed.set_output_convert_nulls(False)  # null is a value, nothing at all is none
        return parsed
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

    wrap = _library().Jsonata.JLambda
    frame.bind("flowContext", wrap(context("flow")))
    frame.bind("globalContext", wrap(context("global")))
    frame.bind("env", wrap(lambda name: _given(_known(node.variable(name)))))
    frame.bind("clone", wrap(lambda value: value))
    frame.bind("pad", _padding())
    for name, value in bound.items():
        frame.bind(name, value)
    try:
        result = parsed.evaluate(_given(msg), frame)
    except Exception as error:  # noqa: BLE001 - as above
        raise RedError(f"Invalid JSONata expression: {error}") from None
    return _taken(result)


@lru_cache(maxsize=1)
def _padding() -> Any:
    """Return $pad with a bound: one call of the library's own can take all memory, and no time limit ends it."""
    from jsonata.functions import Functions

    def pad(text: Any, width: Any, char: Any = None) -> Any:
        if isinstance(width, int | float) and not abs(width) <= WIDEST:
            raise ValueError(f"$pad makes texts of {WIDEST} characters at most")
        return Functions.pad(text, width, char)

    library = _library().Jsonata
    return library.JFunction(library.JLambda(pad), "<s-ns?:s>")


def _known(value: Any) -> Any:
    return "" if value is MISSING else value


class _Bytes(list[Any]):
    """A buffer as a list of numbers, which is what an expression sees of it."""


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
        return _Bytes(value)
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
    if isinstance(value, _Bytes):
        return bytes(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
