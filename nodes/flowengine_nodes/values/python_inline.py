"""Code of `values/python` that is one line, `return msg.with_payload(...)`, as an expression for the chain."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from typing import Any

from flowengine import Inline

FIELDS = ("payload", "topic", "time", "quality")

_PLAIN = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.keyword, ast.Attribute, ast.Subscript,
    ast.Slice, ast.Constant, ast.Name, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.expr_context, ast.operator,
    ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip
"""What may stand in the expression: nothing that binds a name or waits."""


def one_line(
    code: ast.Module, setup: ast.Module, defined: Mapping[str, Any], explain: Callable[[Exception, int], Exception]
) -> Inline | None:
    """Return the code as a form, or None if it has none.

    Args:
        code: the body of the function.
        setup: the code that ran before it; where it rebinds names later (`global`), the code has no form.
        defined: what the code may use beside the builtins; what changes from start to start is not in it.
        explain: turns an error and its line into what `process` raises.
    """
    if len(code.body) != 1 or any(isinstance(node, ast.Global) for node in ast.walk(setup)):
        return None
    match code.body[0]:
        case (
            ast.Return(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="msg"), attr="with_payload"), args=[payload], keywords=[]
                )
            ) as line
        ) if line.lineno == line.end_lineno and not isinstance(payload, ast.Starred):
            pass
        case _:
            return None
    names: dict[str, Any] = {}
    for node in ast.walk(payload):
        if not isinstance(node, _PLAIN):
            return None
        if not isinstance(node, ast.Name) or node.id == "msg":
            continue
        if node.id in FIELDS or not (node.id in defined or hasattr(builtins, node.id)):
            return None
        names[node.id] = defined[node.id] if node.id in defined else getattr(builtins, node.id)
    python = ast.unparse(_Fields().visit(ast.fix_missing_locations(payload)))
    if any(isinstance(node, ast.Name) and node.id == "msg" for node in ast.walk(ast.parse(python, mode="eval"))):
        return None
    number = line.lineno
    return Inline(payload=python, names=names, explain=lambda error: explain(error, number))


class _Fields(ast.NodeTransformer):
    """Writes `msg.payload` as `payload`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "msg" and node.attr in FIELDS:
            return ast.copy_location(ast.Name(node.attr, ast.Load()), node)
        return node
