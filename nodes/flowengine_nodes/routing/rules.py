"""The rules of `routing/switch`, each made ready as a function and, where it has that form, as an expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import BadData, Message, Node, only_with, type_of
from flowengine_nodes.routing import comparison
from flowengine_nodes.values.convert import is_number
from flowengine_nodes.values.expression_language import INLINE_NAMES, compile_expression, node_functions
from flowengine_nodes.values.properties import MISSING
from flowengine_nodes.values.typed import AS_WRITTEN, Typed, constant, typed

Operator = Literal[
    "eq", "neq", "lt", "lte", "gt", "gte", "btwn", "cont", "regex", "true", "false", "null", "nnull", "empty", "nempty",
    "istype", "hask", "head", "tail", "index", "expression", "else",
]  # fmt: skip
RuleType = Literal["str", "num", "bool", "json", "env", "msg", "flow", "global", "expression", "prev"]

_TITLES = {
    "eq": "= equal",
    "neq": "≠ not equal",
    "lt": "< less",
    "lte": "≤ at most",
    "gt": "> greater",
    "gte": "≥ at least",
    "btwn": "between",
    "cont": "contains",
    "regex": "matches pattern",
    "true": "is true",
    "false": "is false",
    "null": "is null",
    "nnull": "is not null",
    "empty": "is empty",
    "nempty": "is not empty",
    "istype": "is of type",
    "hask": "has key",
    "head": "first of a sequence",
    "tail": "last of a sequence",
    "index": "place in a sequence",
    "expression": "expression is true",
    "else": "otherwise",
}
_ALONE = {"true", "false", "null", "nnull", "empty", "nempty", "else"}
_COMPARED = only_with(operator=tuple(word for word in _TITLES if word not in _ALONE))


class SwitchRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One way out, and when a message takes it."""

    operator: Annotated[
        Operator,
        Meta(
            description="eq =, neq ≠, lt <, lte ≤, gt >, gte ≥; btwn between value and value2; cont contains; regex "
            "matches; true, false, null, nnull (not null), empty, nempty (not empty); istype is of type; hask has key; "
            "head, tail, index: place in a sequence; expression is true; else: no rule above has held",
            extra_json_schema={"x-titles": _TITLES},
        ),
    ]
    value: Annotated[
        Any,
        Meta(description="What to compare with"),
        _COMPARED,
    ] = None
    value_type: Annotated[
        RuleType | None,
        Meta(description=f"How to read `value` (prev: the value of the message before); {AS_WRITTEN}"),
        type_of("value"),
    ] = None
    value2: Annotated[Any, Meta(description="btwn and index: the other end"), only_with(operator=("btwn", "index"))] = (
        None
    )
    value2_type: Annotated[RuleType | None, Meta(description="How to read `value2`"), type_of("value2")] = None
    ignore_case: Annotated[
        bool, Meta(description="regex: small letters and capitals are the same"), only_with(operator="regex")
    ] = False
    port: Annotated[str, Meta(description="Name of the output port; empty: the number of the rule")] = ""


@dataclass(frozen=True)
class Rule:
    """A rule made ready."""

    holds: Callable[[Message, Any], bool]
    """Say whether it holds for a message and the value of the property."""
    python: Callable[[str], str] | None = None
    """The same as an expression, given that for the property; None: it has no such form."""
    names: Mapping[str, Any] = field(default_factory=dict)


ELSE = Rule(lambda msg, value: True)
"""Stands for `else`: the node itself knows whether a rule above has held."""

_COMPARE: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("==", comparison.equal),
    "neq": ("!=", comparison.unequal),
    "lt": ("<", comparison.less),
    "lte": ("<=", comparison.at_most),
    "gt": (">", comparison.greater),
    "gte": (">=", comparison.at_least),
}
_PLAIN: Mapping[str, Callable[[Any], bool]] = {
    "true": lambda a: a is True,
    "false": lambda a: a is False,
    "null": comparison.is_null,
    "nnull": lambda a: not comparison.is_null(a),
    "empty": comparison.is_empty,
    "nempty": comparison.is_not_empty,
}
_PYTHON = {"true": "{} is True", "false": "{} is False", "null": "{} is None", "nnull": "{} is not None"}


def make(rule: SwitchRule, node: Node, previous: Callable[[], Any]) -> Rule:
    """Make a rule ready.

    Args:
        rule: as written.
        node: the node it belongs to.
        previous: gives the value of the message before, for the type prev.

    Raises:
        ValueError: its value does not fit its operator.
    """
    operator = rule.operator
    if operator == "else":
        return ELSE
    if operator in _PLAIN:
        return _plain(operator)
    if operator == "expression":
        return _expression(rule, node)
    if operator == "regex" and rule.value_type in (None, "str"):
        return _regex(rule)
    if operator == "istype":
        if rule.value not in comparison.TYPES:
            raise ValueError(f"istype knows {', '.join(comparison.TYPES)}, not {rule.value!r:.40}")
        return _called(comparison.TYPES[rule.value])
    one = _value(rule.value, rule.value_type, "value", node, previous)
    if operator in _COMPARE:
        return _comparison(operator, one)
    if operator == "btwn":
        return _between(one, _value(rule.value2, rule.value2_type, "value2", node, previous))
    if operator in ("head", "tail", "index"):
        return _place(operator, one, _value(rule.value2, rule.value2_type, "value2", node, previous))
    function = {"cont": comparison.contains, "hask": comparison.has_key, "regex": _search}[operator]
    if one.constant is not MISSING:
        made = _called(lambda a: function(a, one.constant))
        if operator != "cont" or not isinstance(one.constant, str):
            return made
        return Rule(
            made.holds,
            lambda subject: f"(part in {subject} if {subject}.__class__ is str else test({subject}))",
            {**made.names, "part": one.constant, "str": str},
        )
    return Rule(lambda msg, a: function(a, one.read(msg)))


def _value(value: Any, kind: RuleType | None, label: str, node: Node, previous: Callable[[], Any]) -> Typed:
    if kind == "prev":
        return Typed(lambda msg: previous())
    return constant(value) if kind is None else typed(value, kind, node, label)


def _plain(operator: str) -> Rule:
    test = _PLAIN[operator]
    if operator in _PYTHON:
        return Rule(lambda msg, a: test(a), lambda subject: _PYTHON[operator].format(subject))
    return _called(test)


def _called(test: Callable[[Any], bool]) -> Rule:
    return Rule(lambda msg, a: test(a), lambda subject: f"test({subject})", {"test": test})


def _comparison(operator: str, one: Typed) -> Rule:
    sign, function = _COMPARE[operator]
    fixed = one.constant
    if fixed is MISSING:
        return Rule(lambda msg, a: function(a, one.read(msg)))

    def python(subject: str) -> str:
        call = f"compare({subject}, against)"
        if subject == "topic":  # it is always a text
            return f"topic {sign} against" if isinstance(fixed, str) else call
        if is_number(fixed):
            usual = f"{subject}.__class__ is float or {subject}.__class__ is int"
        elif isinstance(fixed, str):
            usual = f"{subject}.__class__ is str"
        else:
            return call
        return f"({subject} {sign} against if {usual} else {call})"

    names = {"compare": function, "against": fixed, "float": float, "int": int, "str": str}
    return Rule(lambda msg, a: function(a, fixed), python, names)


def _between(one: Typed, two: Typed) -> Rule:
    low, high = one.constant, two.constant
    if not is_number(low) or not is_number(high):
        return Rule(lambda msg, a: comparison.between(a, one.read(msg), two.read(msg)))
    least, most = min(low, high), max(low, high)

    def python(subject: str) -> str:
        usual = f"least <= {subject} <= most"
        number = f"{subject}.__class__ is float or {subject}.__class__ is int"
        return f"({usual} if {number} else between({subject}, least, most))"

    names = {"between": comparison.between, "least": least, "most": most, "float": float, "int": int}
    return Rule(lambda msg, a: comparison.between(a, least, most), python, names)


def _expression(rule: SwitchRule, node: Node) -> Rule:
    if not isinstance(rule.value, str):
        raise ValueError("an expression rule needs `value`: an expression such as payload > 80")
    compiled = compile_expression(rule.value, node_functions(node))
    python = (lambda subject: f"{compiled.python} is True") if compiled.names <= INLINE_NAMES else None
    return Rule(lambda msg, a: compiled.evaluate(msg) is True, python, compiled.helpers)


def _regex(rule: SwitchRule) -> Rule:
    if not isinstance(rule.value, str):
        raise ValueError("regex needs `value`: a regular expression")
    try:
        search = re.compile(rule.value, re.IGNORECASE if rule.ignore_case else 0).search
    except re.error as error:
        raise ValueError(f"{rule.value!r:.60} is no regular expression: {error}") from None
    return _called(lambda a: not comparison.is_null(a) and search(comparison.text_of(a)) is not None)


def _search(a: Any, pattern: Any) -> bool:
    try:
        return not comparison.is_null(a) and re.search(comparison.text_of(pattern), comparison.text_of(a)) is not None
    except re.error as error:
        raise BadData(f"{pattern!r:.60} is no regular expression: {error}") from None


def _place(operator: str, one: Typed, two: Typed) -> Rule:
    """Rules on the place in a sequence, which `msg.parts` gives: index and count."""

    def holds(msg: Message, value: Any) -> bool:
        index = _part(msg, "index", operator)
        if operator == "head":
            return comparison.less(index, one.read(msg))
        if operator == "index":
            return comparison.at_least(index, one.read(msg)) and comparison.at_most(index, two.read(msg))
        wanted = one.read(msg)
        if not is_number(wanted):
            raise BadData(f"tail needs a number of messages, not {wanted!r:.40}")
        return bool(_part(msg, "count", operator) - wanted <= index)

    return Rule(holds)


def _part(msg: Message, name: str, operator: str) -> Any:
    parts = msg.properties.get("parts")
    value = parts.get(name) if isinstance(parts, Mapping) else None
    if not is_number(value):
        raise BadData(f"the rule {operator} needs msg.parts.{name}: the message is no part of a sequence")
    return value
