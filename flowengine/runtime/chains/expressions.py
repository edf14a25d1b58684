"""The expressions of `Inline` forms, made ready to be pasted into a chain."""

from __future__ import annotations

import ast
import enum
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flowengine.inline import Inline
from flowengine.message import Message
from flowengine.node import Node, handlers

BUILTINS = frozenset(
    {"abs", "bool", "bytes", "dict", "float", "int", "isinstance", "len", "list", "max", "min", "round", "str"}
)


def renamed(text: str, variables: Mapping[str, str]) -> str:
    """Return an expression with its names replaced by what the chain has for them.

    Raises:
        ValueError: it is no expression, or it uses a name that nobody gave it.
    """
    pieces, used = _split(text)
    parts = [pieces[0]]
    for name, piece in zip(used, pieces[1:], strict=True):
        if name in variables:
            parts.append(variables[name])
        elif name in BUILTINS:
            parts.append(name)
        else:
            raise ValueError(f"'{text}' uses the unknown name '{name}'")
        parts.append(piece)
    return "".join(parts)


def uses(form: Inline, field: str) -> bool:
    """Say whether any expression looks at a field of the message."""
    changes = (form.payload, form.topic, form.quality, form.further, *form.properties.values())
    keys = (key for _, key in form.known.values())
    texts = (form.keep, form.usual, *changes, *form.remembered.values(), *form.route, *keys)
    return any(field in _split(text)[1] for text in texts if text is not None)


def bound(text: str) -> frozenset[str]:
    """Return the names that an expression binds by `:=`."""
    return frozenset(n.target.id for n in ast.walk(_parsed(text)) if isinstance(n, ast.NamedExpr))


def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"'{text}' is no expression: {error.msg}") from error


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[list[str], list[str]]:
    """Cut an expression at its names: the text between them, and the names."""
    tree = _parsed(text)
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    own |= {a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in n.args}
    names: list[str] = []

    class Mark(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id in own:
                return node
            names.append(node.id)
            return ast.copy_location(ast.Name(f"__{len(names) - 1}__", node.ctx), node)

    marked = ast.unparse(ast.fix_missing_locations(Mark().visit(tree)))
    if "\n" in marked:
        raise ValueError(f"'{text}' does not fit on one line")
    pieces: list[str] = []
    order: list[str] = []
    rest = marked
    # unparse keeps the order of names but for conditional expressions, so each is looked up by its own mark
    while names:
        places = [(rest.find(f"__{i}__"), i) for i in range(len(names)) if f"__{i}__" in rest]
        if not places:
            break
        at, number = min(places)
        pieces.append(rest[:at])
        order.append(names[number])
        rest = rest[at + len(f"__{number}__") :]
    return [*pieces, rest], order


class Signature(enum.Enum):
    """What a node's handler says it returns; the chain calls it the plainer, the more it promises."""

    MESSAGE = enum.auto()
    MESSAGE_OR_NONE = enum.auto()
    ANY = enum.auto()


def signature(node: Node, port: str) -> Signature:
    """Read what the handler of a port promises from its annotation."""
    function: Any = handlers(node)[port]
    return _promise(getattr(function, "__func__", function))


@lru_cache(maxsize=4096)
def _promise(function: Any) -> Signature:
    try:
        returns = typing.get_type_hints(function).get("return")
    except (NameError, TypeError):  # names that only a type checker sees
        return Signature.ANY
    if returns is Message:
        return Signature.MESSAGE
    union = typing.get_origin(returns) in (typing.Union, types.UnionType)
    if union and set(typing.get_args(returns)) == {Message, type(None)}:
        return Signature.MESSAGE_OR_NONE
    return Signature.ANY
