"""A closure of the tree of an expression, as jsonata-python has parsed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flowengine_nodes.nodered.expression import calls, operators, paths
from flowengine_nodes.nodered.expression.values import KNOWN, LISTS, NULL, SCALARS, Compiled, Elsewhere, Run, mangled

DEEPEST: Final = 40
"""How deeply expressions may stand in each other; jsonata-python counts further, and ends at its own bound."""
BOUND: Final = frozenset({"I", "N", "A"})
"""What a join node gives to the expression that reduces."""


class _More(Exception):
    """There is more in an expression than is compiled."""


def compiled(tree: Any) -> Callable[[Any, Any, dict[str, Any]], Any] | None:
    """Return an expression as a function of node, msg and what is bound; None where jsonata-python has to read it.

    The function raises whatever it likes where jsonata-python is to be asked.
    """
    try:
        inner = _expression(tree, DEEPEST)
    except _More:
        return None

    def give(node: Any, msg: Any, bound: dict[str, Any]) -> Any:
        if msg is not None and msg.__class__ is not dict and msg.__class__ not in SCALARS:
            raise Elsewhere
        return inner(msg, Run(msg, node, bound))

    return give


_UNKNOWN: Final = (
    "keep_array", "keep_singleton_array", "consarray", "tuple", "focus", "index", "ancestor", "seeking_parent",
    "next_function", "group", "errors", "thunk",
)  # fmt: skip
"""Marks of what is not compiled: `[]`, `@`, `#`, `%`, grouping."""


def _expression(tree: Any, depth: int) -> Compiled:
    make = _MAKERS.get(tree.type)
    if make is None or depth <= 0 or any(getattr(tree, mark, None) for mark in _UNKNOWN):
        raise _More
    made = make(tree, depth - 1)
    if tree.predicate:
        return _filtered(made, [_filter(each, depth) for each in tree.predicate])
    return made


def _filtered(inner: Compiled, filters: list[paths.Filter]) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        value = inner(item, run)
        for keep in filters:
            value = keep(value, run)
        return mangled(value)

    return give


def _filter(stage: Any, depth: int) -> paths.Filter:
    if stage.type != "filter":
        raise _More
    if stage.expr.type == "number":
        return paths.at(int(stage.expr.value))
    return paths.where(_expression(stage.expr, depth - 1))


def _literal(tree: Any, depth: int) -> Compiled:
    value = NULL if tree.value is None else tree.value
    return lambda item, run: value


def _path(tree: Any, depth: int) -> Compiled:
    plain = all(step.type == "name" and not step.stages and not _marked(step) for step in tree.steps)
    if plain:
        return paths.names([str(step.value) for step in tree.steps])
    return paths.path([_step(step, depth) for step in tree.steps], tree.steps[0].type == "variable")


def _marked(tree: Any) -> bool:
    return bool(tree.predicate) or any(getattr(tree, mark, None) for mark in _UNKNOWN)


def _step(tree: Any, depth: int) -> paths.Step:
    filters = [_filter(stage, depth) for stage in tree.stages or ()]
    if tree.type == "name":
        if _marked(tree):
            raise _More
        return paths.name(str(tree.value)), filters
    if tree.type == "unary" and str(tree.value) == "[":
        raise _More
    return _expression(tree, depth - 1), filters


def _variable(tree: Any, depth: int) -> Compiled:
    if tree.value == "":
        return lambda item, run: item
    if tree.value == "$":
        return lambda item, run: run.root
    if tree.value not in BOUND:
        raise _More
    name = str(tree.value)

    def give(item: Any, run: Run) -> Any:
        value = run.bound[name]
        if value is not None and value.__class__ not in KNOWN:
            raise Elsewhere
        return value

    return give


def _binary(tree: Any, depth: int) -> Compiled:
    left, right = _expression(tree.lhs, depth), _expression(tree.rhs, depth)
    made = operators.binary(str(tree.value), left, right)
    if made is None:
        raise _More
    return made


def _unary(tree: Any, depth: int) -> Compiled:
    kind = str(tree.value)
    if kind == "-":
        return operators.negative(_expression(tree.expression, depth))
    if kind == "[":
        nested = [str(each.value) == "[" for each in tree.expressions]
        return _array([_expression(each, depth) for each in tree.expressions], nested)
    if kind == "{":
        return _object([(_expression(key, depth), _expression(value, depth)) for key, value in tree.lhs_object])
    raise _More


def _array(items: list[Compiled], nested: list[bool]) -> Compiled:
    pairs = list(zip(items, nested, strict=True))

    def give(item: Any, run: Run) -> Any:
        made: list[Any] = []
        for each, whole in pairs:
            value = each(item, run)
            if value is None:
                continue
            kind = value.__class__
            if kind in LISTS and not whole:
                run.spend(len(value))
                made.extend(value)
            elif kind in KNOWN:
                made.append(value)
            else:
                raise Elsewhere
        return made

    return give


def _object(pairs: list[tuple[Compiled, Compiled]]) -> Compiled:
    def give(item: Any, run: Run) -> Any:
        if item.__class__ in LISTS:
            raise Elsewhere
        found: dict[str, Compiled] = {}
        for key, value in pairs:
            name = key(item, run)
            if name is None:
                continue
            if name.__class__ is not str or name in found:
                raise Elsewhere
            found[name] = value
        made = {name: value(item, run) for name, value in found.items()}
        return {name: value for name, value in made.items() if value is not None}

    return give


def _condition(tree: Any, depth: int) -> Compiled:
    otherwise = None if tree._else is None else _expression(tree._else, depth)
    return operators.condition(_expression(tree.condition, depth), _expression(tree.then, depth), otherwise)


def _block(tree: Any, depth: int) -> Compiled:
    parts = [_expression(each, depth) for each in tree.expressions]
    if len(parts) == 1:
        return parts[0]

    def give(item: Any, run: Run) -> Any:
        value = None
        for part in parts:
            value = part(item, run)
        return value

    return give


def _function(tree: Any, depth: int) -> Compiled:
    if tree.procedure.type != "variable" or _marked(tree.procedure):
        raise _More
    made = calls.call(str(tree.procedure.value), [_expression(each, depth) for each in tree.arguments])
    if made is None:
        raise _More
    return made


_MAKERS: Final = {
    "string": _literal,
    "number": _literal,
    "value": _literal,
    "path": _path,
    "variable": _variable,
    "binary": _binary,
    "unary": _unary,
    "condition": _condition,
    "block": _block,
    "function": _function,
}
