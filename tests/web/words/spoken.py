"""What source files can say, read from their syntax trees: texts with `{}` where a value stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOLE = "{}"
NAMED = re.compile(r"\{[a-z]\w*\*?\}")
"""A value in a template of a catalogue."""
SENTENCE = re.compile(r"[a-z]{2,}.* .*[a-z]{2,}|^[a-z]+ (?:[a-z]|\{)|\}[,:;]? [a-z]+", re.DOTALL)
"""Two words, or one beside a value: what people read. Those for them begin small, with a value or a quote."""
NO_SPEECH = re.compile(r"%[sdg]|__class__")
"""What is filled in with % goes to the log; what asks for a class is code."""
BEGINS = re.compile(r"[a-z0-9{'(\-`]")
NOT_FOR_PEOPLE = frozenset(
    {"LOG", "Meta", "Area", "field", "compile", "getLogger", "execute", "executescript", "executemany", "rows"}
    | {"Code", "Inline", "Port", "change", "record", "add_argument", "create_task", "Thread", "ThreadPoolExecutor"}
)
"""Calls whose texts go to the log, a database, the API's description or a line of code, or name a task."""


def plain(template: str) -> str:
    """Return a template of a catalogue as sources have it: without the names of its values."""
    return _joined(NAMED.sub(HOLE, template))


def sentences(file: Path) -> frozenset[str]:
    """Return the sentences for people in a source file."""
    return _sorted_out(file)[0]


def strings(file: Path) -> frozenset[str]:
    """Return every text of a source file, single words too."""
    return _sorted_out(file)[1]


@cache
def _sorted_out(file: Path) -> tuple[frozenset[str], frozenset[str]]:
    found = set(_texts(ast.parse(file.read_text(encoding="utf-8")), said=True))
    return frozenset(text for text, said in found if said and _is_sentence(text)), frozenset(text for text, _ in found)


def _is_sentence(text: str) -> bool:
    whole = text.strip() == text and NO_SPEECH.search(text) is None
    return whole and SENTENCE.search(text) is not None and BEGINS.match(text) is not None


def _texts(node: ast.AST, said: bool) -> Iterator[tuple[str, bool]]:
    """Yield texts, and whether they are said to people."""
    if isinstance(node, ast.Assert | ast.arg) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return  # a docstring is none
    if isinstance(node, ast.Call):
        said = said and not NOT_FOR_PEOPLE & set(_names(node.func))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            yield from ((HOLE + text + HOLE, said) for text in templates(node.func.value) if re.search("[a-z]", text))
    if isinstance(node, ast.AugAssign):
        yield from ((plain(HOLE + text), said) for text in templates(node.value) if text != HOLE)
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        yield from ((plain(text), said) for text in templates(node) if text != HOLE)
    if isinstance(node, ast.AnnAssign):
        children: Iterator[ast.AST] = iter([node.value] if node.value else [])
    else:
        children = ast.iter_child_nodes(node)
    for child in children:
        if not (isinstance(node, ast.JoinedStr | ast.BinOp) and isinstance(child, ast.Constant)):  # a piece of it
            yield from _texts(child, said)


def templates(node: ast.expr) -> list[str]:
    """Return what an expression can say, `{}` for what is no text; both ways of a choice that ends a text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [_joined("".join(str(v.value) if isinstance(v, ast.Constant) else HOLE for v in node.values))]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [_joined(a + b) for a in _ways(node.left) for b in _ways(node.right)]
    return [HOLE]


def _ways(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*templates(node.body), *templates(node.orelse)]
    return templates(node)


def _joined(text: str) -> str:
    return re.sub(r"(\{\})+", HOLE, text)


def _names(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            yield one.attr
