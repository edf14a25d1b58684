"""Conditions of interlocks and permissives: `temperature < 230 and door == false`.

A small language of its own, read with Python's parser and then judged node by node: what is not listed here cannot be
written at all.

- `temperature` is the value of the input of that name, `temperature.quality` its quality (good, uncertain, bad),
  `temperature.age` the seconds since it came; `value` is what is about to be written
- numbers, texts, true and false; + - * / on numbers; `abs(...)`; comparisons; and, or, not

An input that is bad, uncertain, stale or silent has no value, and what hangs on it is not known: the third answer
beside yes and no. Kleene's logic carries it on: `false and unknown` is false. So does whatever does not fit together.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowengine.safety.readings import Readings

MOST_CHARACTERS: Final = 500
MOST_PARTS: Final = 100
DEEPEST: Final = 20

VALUE: Final = "value"
"""The name of what is about to be written."""

Answer = bool | None
"""Yes, no, or not known."""
Part = Callable[[Readings, float, Any], Any]
"""A part of a condition: from the readings, now and the value to be written to a value; None: not known."""

_COMPARE: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_CONSTANTS: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Condition:
    """A condition, ready to be asked."""

    source: str
    names: frozenset[str]
    """The inputs that it looks at."""
    part: Part = field(repr=False, compare=False)

    def holds(self, readings: Readings, now: float, value: Any = None) -> Answer:
        """Say whether it is so; None: not known. `value` is what is about to be written, where something is."""
        found = self.part(readings, now, value)
        return found if isinstance(found, bool) else None


def compile_condition(text: str) -> Condition:
    """Compile a condition.

    Raises:
        ValueError: it is none, or uses what is not allowed; says what.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"a condition has at most {MOST_CHARACTERS} characters, this one has {len(text)}")
    try:
        with warnings.catch_warnings(action="ignore"):  # such as for an unknown escape in a text
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise ValueError(f"'{text:.60}' is no condition: {reason}") from None
    writer = _Writer()
    part = writer.answer(tree)
    return Condition(text, frozenset(writer.names), part)


class _Writer:
    """Makes functions of a parsed condition, and notes which inputs it uses."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._parts = 0
        self._depth = 0

    def answer(self, node: ast.expr) -> Part:
        """Return the function of a part that says yes or no."""
        self._count()
        self._depth += 1
        try:
            if isinstance(node, ast.BoolOp):
                parts = [self.answer(one) for one in node.values]
                return _all(parts) if isinstance(node.op, ast.And) else _any(parts)
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
                return _not(self.answer(node.operand))
            if isinstance(node, ast.Compare):
                return self._comparison(node)
            return self._operand(node)
        finally:
            self._depth -= 1

    def _comparison(self, node: ast.Compare) -> Part:
        operands = [self._operand(one) for one in (node.left, *node.comparators)]
        links = []
        for left, sign, right in zip(operands, node.ops, operands[1:], strict=False):
            compare = _COMPARE.get(type(sign))
            if compare is None:
                raise ValueError("compare with < <= > >= == or !=")
            links.append(_compared(compare, left, right))
        return links[0] if len(links) == 1 else _all(links)

    def _operand(self, node: ast.expr) -> Part:
        self._count()
        self._depth += 1
        try:
            if isinstance(node, ast.Constant):
                return self._constant(node.value)
            if isinstance(node, ast.Name):
                return self._name(node.id)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                return self._facet(node.value.id, node.attr)
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                return _computed(operator.sub, _constant(0), self._operand(node.operand))
            if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
                return _computed(_ARITHMETIC[type(node.op)], self._operand(node.left), self._operand(node.right))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "abs":
                if len(node.args) == 1 and not node.keywords:
                    return _computed(lambda one, _: abs(one), self._operand(node.args[0]), _constant(0))
                raise ValueError("abs takes one number")
        finally:
            self._depth -= 1
        raise ValueError(f"'{ast.unparse(node):.60}' cannot be used in a condition")

    def _constant(self, value: Any) -> Part:
        if isinstance(value, str) or (isinstance(value, int | float) and abs(value) < 1e300):
            return _constant(value)
        raise ValueError(f"'{value!r:.40}' is no number or text that can be used in a condition")

    def _name(self, name: str) -> Part:
        if name in _CONSTANTS:
            return _constant(_CONSTANTS[name])
        if name == VALUE:
            return lambda readings, now, value: value
        self.names.add(name)
        return lambda readings, now, value: readings.value(name, now)

    def _facet(self, name: str, facet: str) -> Part:
        self.names.add(name)
        if facet == "quality":
            return lambda readings, now, value: readings.quality(name)
        if facet == "age":
            return lambda readings, now, value: readings.age(name, now)
        raise ValueError(f"'{name:.40}.{facet:.40}': an input has .quality and .age")

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS or self._depth > DEEPEST:
            raise ValueError("the condition is too long or too deeply nested")


def _constant(value: Any) -> Part:
    return lambda readings, now, written: value


def _compared(compare: Callable[[Any, Any], Any], left: Part, right: Part) -> Part:
    def part(readings: Readings, now: float, value: Any) -> Answer:
        one, other = left(readings, now, value), right(readings, now, value)
        if _kind(one) is None or _kind(one) is not _kind(other):
            return None  # a number is neither more nor less than a text, and not known to differ either
        return bool(compare(one, other))

    return part


def _computed(compute: Callable[[Any, Any], Any], left: Part, right: Part) -> Part:
    def part(readings: Readings, now: float, value: Any) -> Any:
        one, other = left(readings, now, value), right(readings, now, value)
        if _kind(one) is not float or _kind(other) is not float:
            return None
        try:
            found = compute(float(one), float(other))
        except (ArithmeticError, OverflowError):
            return None
        return found if math.isfinite(found) else None

    return part


def _all(parts: list[Part]) -> Part:
    def part(readings: Readings, now: float, value: Any) -> Answer:
        known = True
        for one in parts:
            found = one(readings, now, value)
            if found is False:
                return False
            known = known and found is True
        return True if known else None

    return part


def _any(parts: list[Part]) -> Part:
    return _not(_all([_not(part) for part in parts]))


def _not(inner: Part) -> Part:
    def part(readings: Readings, now: float, value: Any) -> Answer:
        found = inner(readings, now, value)
        return not found if isinstance(found, bool) else None

    return part


def _kind(value: Any) -> type | None:
    """Return what a value may be compared with; NaN with nothing."""
    if isinstance(value, bool | str):
        return type(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    return float if isinstance(value, int | float) else None
