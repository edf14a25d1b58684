"""jsonata-python where it is the judge: what it does otherwise than the JSONata of Node-RED is put right here."""

from __future__ import annotations

import base64
import math
import re
from functools import lru_cache
from typing import Any, Final

from jsonata import Jsonata
from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.utils import Utils

from flowengine_nodes.nodered.buffers import from_base64
from flowengine_nodes.nodered.expression.texts import text
from flowengine_nodes.nodered.regular import regular

WIDEST: Final = 1_000_000
"""Characters that $pad makes at most."""

_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_OTHER: Final = re.compile(r"0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)")


class Expression(Jsonata):  # type: ignore[misc]
    """An expression that calculates and writes texts as Node-RED does."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression, _regular)
        self.set_output_convert_nulls(False)  # null is a value, nothing at all is none
        self.set_validate_input(False)  # what is no JSON, such as the request of an HTTP node, is not looked at

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        """Return `lhs op rhs`."""
        if Utils.is_numeric(lhs) and Utils.is_numeric(rhs):
            return calculated(str(op), float(lhs), float(rhs))
        return super().evaluate_numeric_expression(lhs, rhs, op)

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        """Return `lhs & rhs`."""
        return text(lhs) + text(rhs)

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> bool:
        """Return `lhs in rhs`."""
        if lhs is None or rhs is None:
            return False
        return any(same(lhs, each) for each in (rhs if isinstance(rhs, list) else [rhs]))


def same(a: Any, b: Any) -> bool:
    """Return `a === b` of JavaScript: true is not 1, and an object or a list is the same as itself alone."""
    if isinstance(a, dict | list) or isinstance(b, dict | list):
        return a is b
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _regular(pattern: str, flags: Any) -> re.Pattern[str]:
    return regular(pattern, "i" * flags.case_insensitive + "m" * flags.multiline)


def calculated(operator: str, a: float, b: float) -> float:
    """Return what JavaScript calculates of finite numbers: remainders have fractions, a division by 0 is no error."""
    if operator == "+":
        value = a + b
    elif operator == "-":
        value = a - b
    elif operator == "*":
        value = a * b
    elif operator == "/":
        value = a / b if b else math.copysign(math.inf, a * math.copysign(1, b)) if a else math.nan
    else:
        value = math.fmod(a, b) if b else math.nan
    return int(value) if value.is_integer() else value


def number(value: Any) -> Any:
    """Return `$number(value)`.

    Raises:
        JException: it is none.
    """
    if value is None or isinstance(value, bool):
        return None if value is None else int(value)
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
            return Utils.convert_number(float(value))
        if _OTHER.fullmatch(value):
            return Utils.convert_number(float(int(value, 0)))
    elif isinstance(value, int | float):
        return value
    raise JException("D3030", -1, value)


def string(value: Any, prettify: Any = None) -> str | None:
    """Return `$string(value, prettify)`."""
    return None if value is None else text(value, 2 if prettify else None)


def lowercase(value: str | None) -> str | None:
    """Return `$lowercase(value)`."""
    return None if value is None else value.lower()


def _pad(value: Any, width: Any, char: Any = None) -> Any:
    """Return `$pad(value, width, char)`, bounded: one call can take all memory, and no time limit ends it."""
    if isinstance(width, int | float) and not abs(width) <= WIDEST:
        raise ValueError(f"$pad makes texts of {WIDEST} characters at most")
    return Functions.pad(value, width, char)


def _encoded(value: str | None) -> str | None:
    """Return `$base64encode(value)`: of each character one byte, as btoa of Node.js has it."""
    return None if value is None else base64.b64encode(bytes(ord(each) & 255 for each in value)).decode()


def _decoded(value: str | None) -> str | None:
    """Return `$base64decode(value)`: of each byte one character."""
    return None if value is None else from_base64(value).decode("latin-1")


@lru_cache(maxsize=1)
def functions() -> dict[str, Any]:
    """Return the functions that stand in for those of jsonata-python."""
    signed = {
        "number": (number, "<(nsb)-:n>"),
        "string": (string, "<x-b?:s>"),
        "lowercase": (lowercase, "<s-:s>"),
        "base64encode": (_encoded, "<s-:s>"),
        "base64decode": (_decoded, "<s-:s>"),
        "pad": (_pad, "<s-ns?:s>"),
    }
    return {name: Jsonata.JFunction(Jsonata.JLambda(made), signature) for name, (made, signature) in signed.items()}
