"""Functions of JSONata whose arguments are texts, numbers and lists of them; jsonata-python calculates most of them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any, Final

from jsonata.functions import Functions

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.expression import library, outside
from flowengine_nodes.nodered.expression.values import (
    KNOWN,
    LISTS,
    NULL,
    NUMBERS,
    Compiled,
    Elsewhere,
    Run,
    counted,
    truth,
)
from flowengine_nodes.nodered.message import MISSING

_KINDS: Final = {"s": frozenset({str}), "n": NUMBERS, "v": frozenset({str, int, float, bool})}
"""What an argument may be: s text, n number, v any of them or a boolean; ? may be left out."""

_BY_LIBRARY: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "number": ("v", library.number),
    "abs": ("n", Functions.abs),
    "floor": ("n", Functions.floor),
    "ceil": ("n", Functions.ceil),
    "round": ("nn?", Functions.round),
    "sqrt": ("n", Functions.sqrt),
    "power": ("nn", Functions.power),
    "lowercase": ("s", library.lowercase),
    "uppercase": ("s", Functions.uppercase),
    "length": ("s", Functions.length),
    "trim": ("s", Functions.trim),
    "contains": ("ss", Functions.contains),
    "substring": ("snn?", Functions.substring),
    "substringBefore": ("ss", Functions.substring_before),
    "substringAfter": ("ss", Functions.substring_after),
}
_OF_NUMBERS: Final = {"sum": Functions.sum, "max": Functions.max, "min": Functions.min, "average": Functions.average}


def call(function: str, arguments: list[Compiled]) -> Compiled | None:
    """Return a call of a function; None for one that is left to jsonata-python, or without all of its arguments."""
    if function in _BY_LIBRARY:
        kinds, method = _BY_LIBRARY[function]
        return _library(method, kinds, arguments)
    if len(arguments) == 1:
        if function in _OF_NUMBERS:
            return _of_numbers(_OF_NUMBERS[function], arguments[0])
        one = _ONE.get(function)
        return _applied(one, arguments[0]) if one else None
    return _NOTHING.get(function) if not arguments else None


def _library(method: Callable[..., Any], kinds: str, arguments: list[Compiled]) -> Compiled | None:
    allowed = [_KINDS[kind] for kind in kinds.replace("?", "")]
    if not len(allowed) - kinds.count("?") <= len(arguments) <= len(allowed):
        return None
    absent = [None] * (len(allowed) - len(arguments))
    pairs = list(zip(arguments, allowed, strict=False))

    def give(item: Any, run: Run) -> Any:
        values = []
        for argument, kind in pairs:
            value = argument(item, run)
            if value is not None and value.__class__ not in kind:
                raise Elsewhere
            values.append(run.read(value) if value.__class__ is str else value)
        return _narrow(method(*values, *absent))

    return give


def _narrow(value: Any) -> Any:
    """Return a result as a call gives it: an int is a float without a fraction, which one of many digits may not be."""
    if value.__class__ is int:
        return value if value == float(value) else float(value)
    if value.__class__ is float and not math.isnan(value):
        return counted(value)
    return value


def _of_numbers(method: Callable[..., Any], argument: Compiled) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        value = argument(item, run)
        if value is None:
            return None
        if value.__class__ in NUMBERS:
            value = [value]
        if value.__class__ not in LISTS:
            raise Elsewhere
        run.spend(len(value))
        if not all(each.__class__ in NUMBERS for each in value):
            raise Elsewhere
        return _narrow(method(value))

    return give


def _applied(function: Callable[[Any, Run], Any], argument: Compiled) -> Compiled:
    return lambda item, run: function(argument(item, run), run)


def _string(value: Any, run: Run) -> Any:
    made = library.string(value)
    return None if made is None else run.read(made)


def _count(value: Any, run: Run) -> Any:
    if value is None or value is NULL:
        return 0
    if value.__class__ in LISTS:
        return len(value)
    if value.__class__ in KNOWN:
        return 1
    raise Elsewhere


def _boolean(value: Any, run: Run) -> Any:
    if value is None:
        return None
    if value.__class__ in LISTS:
        raise Elsewhere
    return truth(value)


def _not(value: Any, run: Run) -> Any:
    known = _boolean(value, run)
    return None if known is None else not known


def _type(value: Any, run: Run) -> Any:
    if value is not None and value.__class__ not in KNOWN:
        raise Elsewhere
    return Functions.type(value)


def _outside(look: Callable[[Any, Any], Any]) -> Callable[[Any, Run], Any]:
    def give(name: Any, run: Run) -> Any:
        if name.__class__ is not str:
            raise Elsewhere
        value = look(run.node, name)
        if value is None or value is MISSING:
            return None
        if value.__class__ not in KNOWN:
            raise Elsewhere
        return value

    return give


def _now(item: Any, run: Run) -> Any:
    return js.iso(datetime.datetime.fromtimestamp(run.millis() / 1000, datetime.UTC))


_ONE: Final[dict[str, Callable[[Any, Run], Any]]] = {
    "string": _string,
    "count": _count,
    "exists": lambda value, run: value is not None,
    "boolean": _boolean,
    "not": _not,
    "type": _type,
    "env": _outside(outside.variable),
    "flowContext": _outside(outside.flow),
    "globalContext": _outside(outside.everywhere),
}
_NOTHING: Final[dict[str, Compiled]] = {"now": _now, "millis": lambda item, run: run.millis()}
