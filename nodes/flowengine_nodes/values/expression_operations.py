"""What the operators of the expression language do: as in Python, but only on JSON values, and bounded.

Each function gives exactly what Python's operator gives where it is allowed, and raises BadData where it is not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowengine import BadData
from flowengine_nodes.values.convert import as_text, is_number, shown

Number = int | float

MOST_INTEGER = int(sys.float_info.max)
"""Integers are kept below this, so that each of them is a float too."""
MOST_BITS = 1023
MOST_LENGTH = 1_000_000
"""Characters of a text or items of a list that an expression may make."""


def operand(value: Any) -> Number:
    """Return a number as it is.

    Raises:
        BadData: it is none (true and false are none), or an integer too large.
    """
    if value.__class__ is float or (value.__class__ is int and -(2**53) <= value <= 2**53):  # the usual, fast
        return value
    if not is_number(value):
        raise BadData(f"{shown(value)} is not a number")
    if isinstance(value, int) and not -MOST_INTEGER <= value <= MOST_INTEGER:
        raise BadData("an integer of more than 308 digits is too large to calculate with")
    return value


def integer(value: Any) -> int:
    """Return an integer as it is (21.0 counts as one).

    Raises:
        BadData: it is none.
    """
    found = operand(value)
    if isinstance(found, float):
        if not found.is_integer():
            raise BadData(f"{shown(value)} is not a whole number")
        return int(found)
    return found


def bounded(length: int) -> None:
    """Check the length of a text or list before it is made."""
    if length > MOST_LENGTH:
        raise BadData(f"the result would have a length of {length}; at most {MOST_LENGTH} is allowed")


def op_add(a: Any, b: Any) -> Any:
    """Add numbers; join texts or lists."""
    if isinstance(a, str) and isinstance(b, str):
        bounded(len(a) + len(b))
        return a + b
    if isinstance(a, list) and isinstance(b, list):
        bounded(len(a) + len(b))
        return a + b
    if isinstance(a, str) or isinstance(b, str):
        raise BadData(f"cannot add {shown(a)} and {shown(b)}: write text(...) or number(...) around one of them")
    return operand(a) + operand(b)


def op_subtract(a: Any, b: Any) -> Number:
    """Subtract."""
    return operand(a) - operand(b)


def op_multiply(a: Any, b: Any) -> Number:
    """Multiply numbers; texts and lists are not repeated."""
    return operand(a) * operand(b)


def op_divide(a: Any, b: Any) -> Number:
    """Divide."""
    return _divided(operand(a), operand(b), lambda x, y: x / y)


def op_floor_divide(a: Any, b: Any) -> Number:
    """Divide and round down."""
    return _divided(operand(a), operand(b), lambda x, y: x // y)


def op_modulo(a: Any, b: Any) -> Number:
    """Return the remainder, with the sign of the divisor."""
    return _divided(operand(a), operand(b), lambda x, y: x % y)


def _divided(a: Number, b: Number, how: Callable[[Number, Number], Number]) -> Number:
    if b == 0:
        raise BadData(f"cannot divide {shown(a)} by zero")
    try:
        return how(a, b)
    except OverflowError:
        raise BadData(f"{shown(a)} divided by {shown(b)} is too large") from None


def op_power(a: Any, b: Any) -> Number:
    """Raise to a power, within the range of a float."""
    base, exponent = operand(a), operand(b)
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if base not in (-1, 0, 1) and abs(base).bit_length() * exponent > 4 * MOST_BITS:
            raise BadData(f"{shown(a)} ** {shown(b)} is too large")
        power: int = base**exponent
        return operand(power)
    try:
        result: Any = float(base) ** float(exponent)
    except OverflowError:
        raise BadData(f"{shown(a)} ** {shown(b)} is too large") from None
    except ZeroDivisionError:
        raise BadData(f"cannot raise zero to {shown(b)}") from None
    if isinstance(result, complex):
        raise BadData(f"{shown(a)} ** {shown(b)} is not a real number")
    return operand(result)


def op_negative(a: Any) -> Number:
    """Change the sign."""
    return -operand(a)


def op_positive(a: Any) -> Number:
    """Leave a number as it is."""
    return +operand(a)


def op_bit_and(a: Any, b: Any) -> int:
    """Keep the bits set in both whole numbers."""
    return integer(a) & integer(b)


def op_bit_or(a: Any, b: Any) -> int:
    """Set the bits set in either whole number."""
    return integer(a) | integer(b)


def op_bit_xor(a: Any, b: Any) -> int:
    """Set the bits set in just one of two whole numbers."""
    return integer(a) ^ integer(b)


def op_bit_not(a: Any) -> int:
    """Invert every bit."""
    return ~integer(a)


def op_shift_left(a: Any, b: Any) -> int:
    """Move bits up."""
    return operand(integer(a) << _places(b))  # type: ignore[return-value]


def op_shift_right(a: Any, b: Any) -> int:
    """Move bits down."""
    return integer(a) >> _places(b)


def _places(value: Any) -> int:
    places = integer(value)
    if not 0 <= places <= MOST_BITS:
        raise BadData(f"bits can be moved by 0 to {MOST_BITS} places, not by {shown(value)}")
    return places


def _ordered(a: Any, b: Any) -> tuple[Any, Any]:
    if isinstance(a, str) and isinstance(b, str):
        return a, b
    if is_number(a) and is_number(b):
        return a, b
    raise BadData(f"cannot say which is greater, {shown(a)} or {shown(b)}: give two numbers or two texts")


def op_less(a: Any, b: Any) -> bool:
    """Say whether a < b."""
    a, b = _ordered(a, b)
    return bool(a < b)


def op_less_equal(a: Any, b: Any) -> bool:
    """Say whether a <= b."""
    a, b = _ordered(a, b)
    return bool(a <= b)


def op_greater(a: Any, b: Any) -> bool:
    """Say whether a > b."""
    a, b = _ordered(a, b)
    return bool(a > b)


def op_greater_equal(a: Any, b: Any) -> bool:
    """Say whether a >= b."""
    a, b = _ordered(a, b)
    return bool(a >= b)


def op_equal(a: Any, b: Any) -> bool:
    """Say whether two values are the same."""
    return bool(a == b)


def op_not_equal(a: Any, b: Any) -> bool:
    """Say whether two values differ."""
    return bool(a != b)


def op_in(a: Any, b: Any) -> bool:
    """Say whether a text contains a text, a list an item, an object a key."""
    if isinstance(b, str):
        if not isinstance(a, str):
            raise BadData(f"cannot look for {shown(a)} in a text: write text(...) around it")
        return a in b
    if isinstance(b, list | tuple):
        return a in b
    if isinstance(b, Mapping):
        return isinstance(a, str) and a in b
    raise BadData(f"cannot look for anything in {shown(b)}: it is no text, list or object")


def op_not_in(a: Any, b: Any) -> bool:
    """Say whether something is not in a text, list or object."""
    return not op_in(a, b)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": op_less,
    "<=": op_less_equal,
    ">": op_greater,
    ">=": op_greater_equal,
    "==": op_equal,
    "!=": op_not_equal,
    "in": op_in,
    "not in": op_not_in,
}


def op_chain(operators: tuple[str, ...], *values: Any) -> bool:
    """Compare in a row, as in 0 < payload < 10; stops at the first that does not hold."""
    return all(COMPARE[operator](values[i], values[i + 1]) for i, operator in enumerate(operators))


def op_field(value: Any, name: str) -> Any:
    """Look a key up in an object; None when it is not there."""
    if value.__class__ is dict or isinstance(value, Mapping):  # the first is ten times as fast
        return value.get(name)
    if value is None:
        return None
    raise BadData(f"{shown(value)} has no '{name}': it is no object")


def op_item(value: Any, key: Any) -> Any:
    """Look a key up in an object or a place in a list, text or bytes; None when it is not there."""
    if isinstance(key, str):
        return op_field(value, key)
    if value is None:
        return None
    if isinstance(value, list | tuple | str | bytes) and isinstance(key, int) and not isinstance(key, bool):
        return value[key] if -len(value) <= key < len(value) else None
    raise BadData(f"cannot take [{shown(key)}] of {shown(value)}")


def op_slice(value: Any, start: Any, stop: Any) -> Any:
    """Take a part of a list, text or bytes."""
    if value is None:
        return None
    if not isinstance(value, list | tuple | str | bytes):
        raise BadData(f"cannot take a part of {shown(value)}: it is no list or text")
    return value[None if start is None else integer(start) : None if stop is None else integer(stop)]


def op_key(value: Any) -> str:
    """Check a key of a new object."""
    if not isinstance(value, str):
        raise BadData(f"the key of an object must be text, not {shown(value)}")
    return value


def op_join(*parts: Any) -> str:
    """Join the parts of an f-text."""
    texts = [as_text(part) for part in parts]
    bounded(sum(map(len, texts)))
    return "".join(texts)


def op_same(value: Any) -> Any:
    """Return a value as it is."""
    return value
