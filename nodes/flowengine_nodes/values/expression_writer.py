"""Writes a parsed expression anew as Python, allowing what is listed here and nothing else."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flowengine_nodes.values import expression_operations as operations
from flowengine_nodes.values.expression_functions import FUNCTIONS, NUMERIC

MOST_CHARACTERS = 2000
MOST_NODES = 1000
DEEPEST = 80
"""How far parts may be nested; Python itself reads 200 parentheses."""

NAMES = ("payload", "topic", "time", "quality", "id")
CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "pi": math.pi}

BINARY: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "op_add"),
    ast.Sub: ("-", "op_subtract"),
    ast.Mult: ("*", "op_multiply"),
    ast.Div: ("/", "op_divide"),
    ast.FloorDiv: ("//", "op_floor_divide"),
    ast.Mod: ("%", "op_modulo"),
    ast.Pow: ("**", "op_power"),
    ast.BitAnd: ("&", "op_bit_and"),
    ast.BitOr: ("|", "op_bit_or"),
    ast.BitXor: ("^", "op_bit_xor"),
    ast.LShift: ("<<", "op_shift_left"),
    ast.RShift: (">>", "op_shift_right"),
}
UNARY: Mapping[type[ast.unaryop], tuple[str, str]] = {
    ast.USub: ("-", "op_negative"),
    ast.UAdd: ("+", "op_positive"),
    ast.Invert: ("~", "op_bit_not"),
}
COMPARE: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "op_less"),
    ast.LtE: ("<=", "op_less_equal"),
    ast.Gt: (">", "op_greater"),
    ast.GtE: (">=", "op_greater_equal"),
    ast.Eq: ("==", "op_equal"),
    ast.NotEq: ("!=", "op_not_equal"),
    ast.In: ("in", "op_in"),
    ast.NotIn: ("not in", "op_not_in"),
}


class Unfit(Exception):
    """A part of an expression that is not allowed."""

    def __init__(self, node: ast.expr, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason


class Code(NamedTuple):
    """A part as Python, and what is known of its value before it is computed."""

    text: str
    bits: int | None = None
    """It is a number, and if an integer, of at most so many bits; None: nothing is known."""
    divisor: bool = False
    """It is a constant number other than 0."""


class Writer:
    """Writes one expression; `small_payload`: it will only be asked where the payload is a number within 2**53."""

    def __init__(self, text: str, functions: Mapping[str, Callable[..., Any]], small_payload: bool) -> None:
        self.functions = {**FUNCTIONS, **functions}
        self.small_payload = small_payload
        self.helpers: dict[str, Any] = {}
        self.used: set[str] = set()
        self.nodes = 0
        self.depth = 0

    def write(self, node: ast.expr) -> Code:
        """Return a part as Python.

        Raises:
            Unfit: it is not allowed.
        """
        method = getattr(self, f"_{type(node).__name__}", None)
        self.nodes += 1
        self.depth += 1
        if method is None:
            raise Unfit(node, f"{_KINDS.get(type(node).__name__, 'this')} cannot be used in an expression")
        if self.nodes > MOST_NODES or self.depth > DEEPEST:
            raise Unfit(node, "the expression is too long or too deeply nested")
        code: Code = method(node)
        self.depth -= 1
        return code

    def call(self, name: str, *arguments: str) -> str:
        """Return a call of an operation."""
        self.helpers[name] = getattr(operations, name)
        return f"{name}({', '.join(arguments)})"

    # One method for each kind of part that is allowed, by its name in `ast`:

    def _Constant(self, node: ast.Constant) -> Code:
        value = node.value
        if isinstance(value, bool) or value is None:
            return Code(repr(value))
        if isinstance(value, str):
            return Code(self.text(value))
        if isinstance(value, int) and value < 2**63:
            return Code(repr(value), value.bit_length(), divisor=value != 0)
        if isinstance(value, float) and math.isfinite(value):
            return Code(repr(value), 0, divisor=value != 0)
        raise Unfit(node, f"{ast.unparse(node):.30} is no number or text that can be used here")

    def text(self, value: str) -> str:
        """Return a text as Python; one that could be taken for a mark of generated code goes into a name."""
        if "__" not in value and "@" not in value and "\n" not in value and value.isprintable():
            return repr(value)
        name = f"text{sum(key.startswith('text') for key in self.helpers)}"
        self.helpers[name] = value
        return name

    def _Name(self, node: ast.Name) -> Code:
        name = node.id
        if name in CONSTANTS:
            return Code(repr(CONSTANTS[name]), 0 if name == "pi" else None, divisor=name == "pi")
        if name in NAMES:
            self.used.add(name)
            return Code(name, 53 if name == "time" or (name == "payload" and self.small_payload) else None)
        if name == "msg":
            raise Unfit(node, "msg stands for the whole message: name a property, such as msg.unit,")
        if name in self.functions:
            raise Unfit(node, f"{name} is a function: write {name}(...)")
        raise Unfit(node, f"'{name:.40}' is unknown (known: {', '.join(NAMES)}, msg.<property>)")

    def property(self, name: str) -> Code:
        """Return the code for a property of the message."""
        if name in NAMES:
            return self._Name(ast.Name(name))
        self.used.add(name)
        return Code(f"properties.get({self.text(name)})")

    def _Attribute(self, node: ast.Attribute) -> Code:
        if node.attr.startswith("__"):
            raise Unfit(node, f"'{node.attr:.40}' cannot be used in an expression")
        if isinstance(node.value, ast.Name) and node.value.id == "msg":
            return self.property(node.attr)
        return Code(self.call("op_field", self.write(node.value).text, self.text(node.attr)))

    def _Subscript(self, node: ast.Subscript) -> Code:
        key = node.slice
        if isinstance(node.value, ast.Name) and node.value.id == "msg":
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                return self.property(key.value)
            raise Unfit(node, 'msg[...] needs the name of a property, such as msg["unit"],')
        value = self.write(node.value).text
        if isinstance(key, ast.Slice):
            if key.step is not None:
                raise Unfit(key.step, "a step cannot be used in [...]")
            ends = [self.write(end).text if end is not None else "None" for end in (key.lower, key.upper)]
            return Code(self.call("op_slice", value, *ends))
        return Code(self.call("op_item", value, self.write(key).text))

    def _BinOp(self, node: ast.BinOp) -> Code:
        a, b = self.write(node.left), self.write(node.right)
        if type(node.op) not in BINARY:
            raise Unfit(node, "this operator cannot be used in an expression")
        sign, name = BINARY[type(node.op)]
        if a.bits is not None and b.bits is not None:
            if sign in "+-*":
                bits = a.bits + b.bits if sign == "*" else max(a.bits, b.bits) + 1
                if bits <= operations.MOST_BITS:
                    return Code(f"({a.text} {sign} {b.text})", bits)
            elif sign in ("/", "//", "%") and b.divisor and max(a.bits, b.bits) <= 64:
                return Code(f"({a.text} {sign} {b.text})", max(a.bits, b.bits))
        return Code(self.call(name, a.text, b.text))

    def _UnaryOp(self, node: ast.UnaryOp) -> Code:
        value = self.write(node.operand)
        if isinstance(node.op, ast.Not):
            return Code(f"(not {value.text})")
        sign, name = UNARY[type(node.op)]
        if value.bits is not None and sign != "~":
            return Code(f"({sign}{value.text})", value.bits, value.divisor)
        return Code(self.call(name, value.text))

    def _BoolOp(self, node: ast.BoolOp) -> Code:
        word = " and " if isinstance(node.op, ast.And) else " or "
        return Code(f"({word.join(self.write(value).text for value in node.values)})")

    def _Compare(self, node: ast.Compare) -> Code:
        if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            return self.identity(node)
        values = [self.write(node.left), *(self.write(value) for value in node.comparators)]
        signs = [COMPARE[type(op)] for op in node.ops]
        # Python's own chain does not look at a third value when the first two decide: it must not be able to fail.
        last = (value.operand if isinstance(value, ast.UnaryOp) else value for value in node.comparators[1:])
        plain = all(isinstance(value, ast.Constant | ast.Name) for value in last)
        numbers = all(value.bits is not None for value in values)
        if plain and numbers and not any("in" in sign for sign, _ in signs):
            rest = (f"{sign} {value.text}" for (sign, _), value in zip(signs, values[1:], strict=True))
            return Code(f"({values[0].text} {' '.join(rest)})")
        if len(signs) > 1:
            return Code(self.call("op_chain", repr(tuple(sign for sign, _ in signs)), *(v.text for v in values)))
        sign, name = signs[0]
        if sign in ("==", "!="):  # any two JSON values may be compared so
            return Code(f"({values[0].text} {sign} {values[1].text})")
        return Code(self.call(name, values[0].text, values[1].text))

    def identity(self, node: ast.Compare) -> Code:
        """Return the code for `is null` and its like."""
        other = self.write(node.comparators[0]).text
        if len(node.ops) > 1 or other not in ("None", "True", "False"):
            raise Unfit(node, "'is' goes with null, true and false only: use == here;")
        value, word = self.write(node.left).text, "is" if isinstance(node.ops[0], ast.Is) else "is not"
        if isinstance(node.left, ast.Name | ast.Attribute | ast.Subscript | ast.Call) and value != repr(math.pi):
            return Code(f"({value} {word} {other})")
        return Code(f"({self.call('op_same', value)} {word} {other})")  # Python warns of `5 is None`

    def _IfExp(self, node: ast.IfExp) -> Code:
        test, then, other = self.write(node.test), self.write(node.body), self.write(node.orelse)
        bits = max(then.bits, other.bits) if then.bits is not None and other.bits is not None else None
        return Code(f"({then.text} if {test.text} else {other.text})", bits)

    def _List(self, node: ast.List) -> Code:
        return Code(f"[{', '.join(self.write(item).text for item in node.elts)}]")

    def _Tuple(self, node: ast.Tuple) -> Code:
        return Code(f"[{', '.join(self.write(item).text for item in node.elts)}]")

    def _Dict(self, node: ast.Dict) -> Code:
        items = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise Unfit(value, "** cannot be used in an object")
            name = self.write(key).text
            fixed = isinstance(key, ast.Constant) and isinstance(key.value, str)
            items.append(f"{name if fixed else self.call('op_key', name)}: {self.write(value).text}")
        return Code(f"{{{', '.join(items)}}}")

    def _JoinedStr(self, node: ast.JoinedStr) -> Code:
        parts = []
        for part in node.values:
            if not isinstance(part, ast.FormattedValue):
                parts.append(self.write(part).text)
            elif part.format_spec is not None or part.conversion != -1:
                raise Unfit(part.value, "formats cannot be used in f-texts: write {fixed(payload, 1)};")
            else:
                parts.append(self.write(part.value).text)
        return Code(self.call("op_join", *parts))

    def _Call(self, node: ast.Call) -> Code:
        if not isinstance(node.func, ast.Name):
            raise Unfit(node, "only the listed functions can be called, so not this")
        name = node.func.id
        if name not in self.functions:
            raise Unfit(node, f"there is no function '{name:.40}' (known: {', '.join(sorted(self.functions))})")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise Unfit(node, f"{name}() takes plain arguments only")
        function = self.functions[name]
        least, most = _arity(function)
        if not least <= len(node.args) <= most:
            wanted = str(least) if least == most else f"{least} to {most}" if most < 1000 else f"at least {least}"
            raise Unfit(node, f"{name}() takes {wanted} argument{'s' * (wanted != '1')}, not {len(node.args)},")
        self.helpers[f"fn_{name}"] = function
        arguments = ", ".join(self.write(argument).text for argument in node.args)
        return Code(f"fn_{name}({arguments})", operations.MOST_BITS if name in NUMERIC else None)


def _arity(function: Callable[..., Any]) -> tuple[int, int]:
    parameters = inspect.signature(function).parameters.values()
    least = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)
    return least, 1000 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(parameters)


_KINDS = {
    "Lambda": "a lambda",
    "ListComp": "a loop",
    "SetComp": "a loop",
    "DictComp": "a loop",
    "GeneratorExp": "a loop",
    "Await": "await",
    "Yield": "yield",
    "YieldFrom": "yield",
    "NamedExpr": "an assignment",
    "Set": "a set",
    "Starred": "a star",
    "FormattedValue": "a format",
}
