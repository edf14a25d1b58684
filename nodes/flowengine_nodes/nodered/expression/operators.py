"""Arithmetic, comparison, equality, conditions and texts put together."""

from __future__ import annotations

import math
from typing import Any, Final

from flowengine_nodes.nodered.expression.library import calculated, same
from flowengine_nodes.nodered.expression.texts import text
from flowengine_nodes.nodered.expression.values import (
    KNOWN,
    LISTS,
    NUMBERS,
    SCALARS,
    Compiled,
    Elsewhere,
    Run,
    counted,
    truth,
)


def binary(operator: str, left: Compiled, right: Compiled) -> Compiled | None:
    """Return an operation on two expressions; None for an operator that is left to jsonata-python."""
    if operator in ("+", "-", "*", "/", "%"):
        return _arithmetic(operator, left, right)
    if operator in _COMPARISONS:
        return _comparison(_COMPARISONS[operator], left, right)
    make = _OTHERS.get(operator)
    return make(left, right) if make else None


def negative(inner: Compiled) -> Compiled:
    """Return `-x`."""

    def give(item: Any, run: Run) -> Any:
        value = inner(item, run)
        if value is None:
            return None
        if value.__class__ not in NUMBERS:
            raise Elsewhere
        return counted(-float(value))

    return give


def condition(test: Compiled, then: Compiled, otherwise: Compiled | None) -> Compiled:
    """Return `test ? then : otherwise`."""

    def give(item: Any, run: Run) -> Any:
        if truth(test(item, run)):
            return then(item, run)
        return otherwise(item, run) if otherwise else None

    return give


_ARITHMETIC: Final = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
_COMPARISONS: Final = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _arithmetic(operator: str, left: Compiled, right: Compiled) -> Compiled:
    calculate = _ARITHMETIC.get(operator)

    def give(item: Any, run: Run) -> Any:
        a = left(item, run)
        b = right(item, run)
        if a.__class__ in NUMBERS and b.__class__ in NUMBERS:
            if calculate:
                value = calculate(float(a), float(b))
                if math.isfinite(value):
                    return int(value) if value.is_integer() else value
            if math.isfinite(a) and math.isfinite(b):
                return calculated(operator, float(a), float(b))
        elif (a is None or _finite(a)) and (b is None or _finite(b)):
            return None
        raise Elsewhere

    return give


def _finite(value: Any) -> bool:
    return value.__class__ in NUMBERS and math.isfinite(value)


def _comparison(compare: Any, left: Compiled, right: Compiled) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        a = left(item, run)
        b = right(item, run)
        one, other = a.__class__, b.__class__
        if one is other and (one is str or one in NUMBERS):
            return compare(run.read(a) if one is str else a, b)
        if one in NUMBERS and other in NUMBERS:
            return compare(float(a), float(b))
        if (a is None and (b is None or other is str or other in NUMBERS)) or (
            b is None and (one is str or one in NUMBERS)
        ):
            return None
        raise Elsewhere

    return give


def _equal(left: Compiled, right: Compiled) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        return _same(left(item, run), right(item, run), run)

    return give


def _unequal(left: Compiled, right: Compiled) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        a = left(item, run)
        b = right(item, run)
        return a is not None and b is not None and not _same(a, b, run)

    return give


def _same(a: Any, b: Any, run: Run) -> bool:
    if a is None or b is None:
        return False
    one, other = a.__class__, b.__class__
    if one in NUMBERS and other in NUMBERS:
        return float(a) == float(b)
    if one in NUMBERS:
        a = float(a)
    elif other in NUMBERS:
        b = float(b)
    if one in SCALARS and other in SCALARS:
        if one is str:
            run.read(a)
        return a == b and (one is bool) is (other is bool)
    raise Elsewhere


def _both(left: Compiled, right: Compiled) -> Compiled:
    return lambda item, run: truth(left(item, run)) and truth(right(item, run))


def _either(left: Compiled, right: Compiled) -> Compiled:
    return lambda item, run: truth(left(item, run)) or truth(right(item, run))


def _joined(left: Compiled, right: Compiled) -> Compiled:
    return lambda item, run: run.read(text(left(item, run)) + text(right(item, run)))


def _included(left: Compiled, right: Compiled) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        a = left(item, run)
        b = right(item, run)
        if a is None or b is None:
            return False
        if a.__class__ not in SCALARS or b.__class__ not in KNOWN:
            raise Elsewhere
        if b.__class__ not in LISTS:
            return same(a, b)
        run.spend(len(b))
        return any(same(a, each) for each in b)

    return give


_OTHERS: Final = {"=": _equal, "!=": _unequal, "and": _both, "or": _either, "&": _joined, "in": _included}
