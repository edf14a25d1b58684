"""The expression language: whatever is written, and whatever comes in."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.values.expression_functions import FUNCTIONS
from flowengine_nodes.values.expression_language import compile_expression

MESSAGE = Message(
    21.5,
    topic="plant/oven",
    time=1000.5,
    id="m1",
    properties={"unit": "degC", "motor": {"temps": [1, 2, 3], "name": "M 1"}, "key one": 7, "words": 6},
)


ATOMS = st.sampled_from(
    [
        "payload",
        "topic",
        "time",
        "quality",
        "id",
        "msg.unit",
        "msg.a.b",
        "payload.a",
        "payload[0]",
        "payload[1:]",
        "0",
        "1",
        "2.5",
        "-3",
        "1e300",
        "7",
        "'a'",
        "'7'",
        "true",
        "null",
        "pi",
        "[]",
        "{}",
        "[1,payload]",
        "{'a':payload}",
        "4503599627370497",
    ]
)
OPERATORS = st.sampled_from(
    [
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "&",
        "|",
        "^",
        "<<",
        ">>",
        "<",
        "<=",
        ">",
        ">=",
        "==",
        "!=",
        "in",
        "and",
        "or",
        "not in",
    ]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    call = st.builds(
        lambda name, arguments: f"{name}({', '.join(arguments)})",
        st.sampled_from(sorted(FUNCTIONS)),
        st.lists(inner, min_size=1, max_size=3),
    )
    return (
        st.builds(lambda a, op, b: f"({a} {op} {b})", inner, OPERATORS, inner)
        | st.builds(
            lambda a, op, b, c: f"({a} {op} {b} < {c})", inner, st.sampled_from(["<", "==", ">="]), inner, inner
        )
        | st.builds(lambda a, b, c: f"({a} if {b} else {c})", inner, inner, inner)
        | st.builds(lambda op, a: f"({op} {a})", st.sampled_from(["-", "+", "~", "not"]), inner)
        | st.builds(lambda a, b: f"{a}[{b}]", inner, inner)
        | st.builds(lambda a: f'f"<{{{a}}}>"', inner.filter(lambda a: '"' not in a and "'" not in a and "{" not in a))
        | call
        | call
    )


WRITTEN = st.recursive(ATOMS, _grown, max_leaves=12)


@settings(max_examples=400)
@given(data=st.data())
def test_any_expression_gives_a_json_value_or_bad_data_and_pastes_to_the_same(
    data: st.DataObject, messages: st.SearchStrategy[Message]
) -> None:
    text = data.draw(WRITTEN)
    try:
        expression = compile_expression(text)
    except ValueError:
        return
    msg = data.draw(messages)
    try:
        found = expression.evaluate(msg)
    except BadData:
        return
    assert len(repr(found) if not isinstance(found, int) else "") < 3_000_000
    assert isinstance(found, type(None) | bool | int | float | str | bytes | list | dict)


@settings(max_examples=400)
@given(
    st.text(alphabet=st.sampled_from("payltoicmsg.()[]{}\"'_*+-/%<>=!:,0129 \nfxé#\\if else and"), max_size=40)
    | st.text(max_size=30)
)
def test_any_text_is_refused_as_a_value_error_or_computes_safely(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ValueError:
        return
    with contextlib.suppress(BadData):
        expression.evaluate(MESSAGE)


FORMS = [
    f"(a {op} b)" for op in ["+", "-", "*", "/", "//", "%", "**", "&", "<", "<=", ">", ">=", "==", "!=", "and", "or"]
]
FORMS += ["(a + b)", "(a * b)", "(a - b)", "(a < b <= c)", "(a == b < c)", "(a if b else c)", "(-a)", "(~a)", "(not a)"]
FORMS += ["abs(a)", "floor(a)", "round(a)", "sqrt(a)", "sign(a)", "max(a, b)", "clamp(a, b, c)"]


def _filled(form: str, parts: list[str]) -> str:
    return re.sub(r"\b[abc]\b", lambda mark: parts["abc".index(mark.group())], form)


def _calculated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(_filled, st.sampled_from(FORMS), st.lists(inner, min_size=3, max_size=3))


CALCULATIONS = st.recursive(
    st.just("payload") | st.sampled_from(["0", "1", "2.5", "0.1", "1e300", "9223372036854775807", "time"]),
    _calculated,
    max_leaves=25,
)


@settings(max_examples=500)
@given(CALCULATIONS, st.floats() | st.integers(-(2**70), 2**70) | st.integers(-100, 100) | st.booleans())
@example("(0 < payload <= abs(not payload))", 0.0)  # Python's own chain would not come to the mistake in it
def test_a_number_gives_the_same_on_the_fast_and_the_checked_road(text: str, number: float) -> None:
    plain = compile_expression(text)
    checked = compile_expression(text.replace("payload", "msg.value"))
    outcomes = []
    for expression, msg in ((plain, Message(number)), (checked, Message(number, properties={"value": number}))):
        try:
            outcomes.append(repr(expression.evaluate(msg)))
        except BadData as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(), lambda x: st.lists(x, max_size=4)
    )
)
def test_literals_mean_themselves(literal: Any) -> None:
    text = json.dumps(literal, ensure_ascii=True)
    if len(text) < 500 and "\\u" not in text:
        assert compile_expression(text).evaluate(Message()) == literal
        assert msgspec.json.encode(compile_expression(text).evaluate(Message()))
