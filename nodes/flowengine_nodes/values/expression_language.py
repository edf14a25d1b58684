"""The expression language: a small, safe part of Python's, compiled to a Python function.

A text such as `payload * 1.8 + 32 if msg.unit == "degC" else payload` is parsed with `ast` and written anew, node by
node: what is not listed here cannot be written at all, so there is no road to an attribute, an import or a builtin.

- names: payload, topic, time, quality, id, `msg.unit` or `msg["unit"]` (any property), pi, true, false, null
- `a.b` and `a["b"]` look a key up in an object; what is not there is null
- numbers, texts, f-texts without formats, lists, objects, `x if condition else y`, and, or, not, in, comparisons
- + - * / // % ** on numbers (true and false are none), & | ^ ~ << >> on whole numbers, + on texts and lists
- the functions of `expression_functions`, and those of the node that the expression stands in (see `node_functions`)

There are no loops, so the time an expression takes is bounded by its length and its input; sizes are bounded too.

Speed: where the payload is a number within 2**53, operators whose operands are known to be numbers are written as
Python's own, which give the same there; all others call the checked function of `expression_operations`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine import BadData, Context, Inline, Message, Node
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.expression_writer import MOST_CHARACTERS, NAMES, Unfit, Writer

INLINE_NAMES = frozenset({"payload", "topic", "time", "quality"})

_SMALL = "payload.__class__ is float or (payload.__class__ is int and -9007199254740992 <= payload <= 9007199254740992)"


@dataclass(frozen=True)
class Expression:
    """A compiled expression."""

    source: str
    """The text as written."""
    names: frozenset[str]
    """The properties of the message that it uses, such as payload or unit."""
    python: str
    """The Python expression it has become; it sees the message's fields, `properties` and `helpers`."""
    helpers: Mapping[str, Any] = field(repr=False)
    evaluate: Callable[[Message], Any] = field(repr=False)
    """Return the value for a message; raises BadData where there is none."""

    @property
    def inlinable(self) -> bool:
        """Whether it uses only what an Inline form sees."""
        return self.names <= INLINE_NAMES

    def inline(self) -> Inline | None:
        """Return the form that replaces the payload by the value, or None if it uses more than a form sees."""
        return Inline(payload=self.python, names=self.helpers) if self.inlinable else None


def compile_expression(text: str, functions: Mapping[str, Callable[..., Any]] | None = None) -> Expression:
    """Compile an expression.

    Args:
        text: at most 2000 characters.
        functions: further functions that it may call; they must be safe for any JSON values.

    Raises:
        ValueError: it is no expression, or uses what is not allowed; says at which character and what instead.
    """
    tree = _parse(text)
    writers = [Writer(text, functions or {}, small_payload=small) for small in (False, True)]
    try:
        checked, fast = (writer.write(tree) for writer in writers)
    except Unfit as error:
        raise ValueError(f"'{text:.80}': {error.reason} at character {_column(text, error.node)}") from None
    python, helpers = checked.text, {**writers[0].helpers, **writers[1].helpers}
    if fast.text != python:
        python, helpers = f"({fast.text} if {_SMALL} else {python})", {**helpers, "float": float, "int": int}
    used = writers[0].used
    return Expression(text, frozenset(used), python, helpers, _function(python, helpers, used))


def node_functions(node: Node) -> dict[str, Callable[..., Any]]:
    """Return the functions that expressions in a node may call beside the common ones.

    now() gives the time in seconds, env("NAME") a variable, flow_context("key") and global_context("key") a shared
    value.
    """

    def now() -> float:
        return node.clock.now()

    def env(name: Any) -> str | None:
        return node.runtime.environment(name) if isinstance(name, str) else None

    def flow_context(key: Any) -> Any:
        return _shared(node.context("flow"), key)

    def global_context(key: Any) -> Any:
        return _shared(node.context("global"), key)

    return {"now": now, "env": env, "flow_context": flow_context, "global_context": global_context}


def _shared(context: Context, key: Any) -> Any:
    try:
        return context.get(key)
    except (ValueError, TypeError):
        raise BadData(f"{shown(key)} is no name of a context value") from None


def _parse(text: str) -> ast.expr:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"an expression has at most {MOST_CHARACTERS} characters, this one has {len(text)}")
    if not text.strip():
        raise ValueError("the expression is empty; write one such as payload * 2")
    try:
        # In brackets it may go over several lines; a list of one item shows that nothing closed them early.
        with warnings.catch_warnings(action="ignore"):  # such as for an unknown escape in a text
            tree = ast.parse(f"[{text}\n]", mode="eval").body
    except SyntaxError as error:
        ended = (error.lineno or 1) > text.count("\n") + 1
        at = "the end" if ended else f"character {max(1, (error.offset or 1) - (error.lineno == 1))}"
        raise ValueError(f"'{text:.80}': {error.msg} at {at}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"'{text:.60}' cannot be read: {error or 'nested too deeply'}") from None
    if not isinstance(tree, ast.List) or len(tree.elts) != 1 or isinstance(tree.elts[0], ast.Starred):
        raise ValueError(f"'{text:.80}' is not one expression")
    return tree.elts[0]


def _column(text: str, node: ast.expr) -> int:
    """Return at which character of its line a node begins, counted from 1."""
    line = text.split("\n")[node.lineno - 1] if node.lineno <= text.count("\n") + 1 else ""
    before = node.col_offset - (1 if node.lineno == 1 else 0)
    return len(line.encode()[:before].decode(errors="ignore")) + 1


def _function(python: str, helpers: Mapping[str, Any], used: set[str]) -> Callable[[Message], Any]:
    lines = [f"    {name} = msg.{name}" for name in NAMES if name in used]
    if used - set(NAMES):
        lines.append("    properties = msg.properties")
    namespace: dict[str, Any] = {"__builtins__": {}, **helpers}
    code = "\n".join(["def evaluate(msg):", *lines, f"    return {python}"])
    with warnings.catch_warnings(action="ignore"):  # such as for `1 is null`
        exec(compile(code, "<expression>", "exec"), namespace)
    function: Callable[[Message], Any] = namespace["evaluate"]
    return function
