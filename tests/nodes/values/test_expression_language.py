"""The expression language: what it computes, what it refuses, and that nothing gets out of it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine_nodes.values.expression_functions import FUNCTIONS, NUMERIC
from flowengine_nodes.values.expression_language import compile_expression

MESSAGE = Message(
    21.5,
    topic="plant/oven",
    time=1000.5,
    id="m1",
    properties={"unit": "degC", "motor": {"temps": [1, 2, 3], "name": "M 1"}, "key one": 7, "words": 6},
)


def value(text: str, msg: Message = MESSAGE) -> Any:
    return compile_expression(text).evaluate(msg)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("payload * 2 + 1", 44.0),
        ("2 + 3 * 4 ** 2 // 5 % 7", 4),
        ("-payload", -21.5),
        ("7 / 2", 3.5),
        ("msg.words & 2 | 8 ^ 1", 11),
        ("~5 << 2 >> 1", -12),
        ("topic + '!'", "plant/oven!"),
        ("[1, 2] + [payload]", [1, 2, 21.5]),
        ("(1, 2)", [1, 2]),
        ('{"level": payload, topic: [true, null]}', {"level": 21.5, "plant/oven": [True, None]}),
        ("0 < payload <= 21.5", True),
        ("0 < payload < 21.5 < 'x'", False),
        ("payload > 20 and topic == 'plant/oven'", True),
        ("not payload or null", None),
        ("'oven' in topic", True),
        ("4 not in msg.motor.temps", True),
        ("'temps' in msg.motor", True),
        ("msg.unit", "degC"),
        ('msg["key one"] + 1', 8),
        ("msg.motor.temps[-1]", 3),
        ("msg.motor['temps'][1:]", [2, 3]),
        ("msg.nothing", None),
        ("msg.motor.nothing.further", None),
        ("msg.motor.temps[9]", None),
        ("msg.payload", 21.5),
        ("msg.id", "m1"),
        ("topic[:5]", "plant"),
        ("payload if msg.unit == 'degC' else (payload - 32) / 1.8", 21.5),
        ("payload is not null and quality == 'good'", True),
        ('f"{topic}: {fixed(payload, 2)} °C"', "plant/oven: 21.50 °C"),
        ("time - 1000", 0.5),
        ("round(2 * pi, 3)", 6.283),
        ("max(payload, 30, 4)", 30),
        ("min(msg.motor.temps)", 1),
        ("sum(msg.motor.temps) / len(msg.motor.temps) == mean(1, 2, 3)", True),
        ("clamp(payload, 0, 20)", 20),
        ("number(' 21.5 ') + number(true)", 22.5),
        ("text(21.0) + text(null) + text([1])", "21[1]"),
        ("replace(upper('a.b'), '.', '/')", "A/B"),
        ("join(split(topic, '/'), '-')", "plant-oven"),
        ("bit(6, 1)", True),
        ("default(msg.nothing, 5)", 5),
        ("iso(0)", "1970-01-01T00:00:00.000Z"),
        ("type(payload) + type('') + type([]) + type({}) + type(null) + type(true)", "numbertextlistobjectnullboolean"),
        ("sorted([3, 1, 2])", [1, 2, 3]),
        ("sum([])", 0),
        ("payload\n + 1", 22.5),
        ("'it is 5 o\\'clock @ __home__'", "it is 5 o'clock @ __home__"),
    ],
)
def test_expressions_compute_as_python_does(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        "topic + 1",
        "topic * 2",
        "[1] * 1000",
        "true + 1",
        "msg.nothing + 1",
        "payload / 0",
        "1 % 0",
        "0 ** -1",
        "(-8) ** 0.5",
        "9 ** 9 ** 9",
        "10.0 ** 400",
        "1 << 1000000000",
        "1 << 1023 << 1000",
        "payload < topic",
        "payload.name",
        "topic[topic]",
        "payload[0]",
        "1 in 2",
        "1 in topic",
        "payload & 1",
        "sqrt(-1)",
        "log(0)",
        "exp(1000)",
        "floor(payload * 1e308 * 10)",
        "round(5, -1000000000)",
        "fixed(payload, 1000000)",
        "number('1_000')",
        "number('nan')",
        "min([])",
        "len(5)",
        "split(topic, '')",
        "sorted([1, 'a'])",
        "iso(1e300)",
        "{1: 2}",
        "upper(5)",
        "replace(" * 20 + "'aaaaaaaa'" + ", 'a', 'aaaaaaaa')" * 20,
    ],
)
def test_what_has_no_value_or_grows_too_large_is_bad_data(text: str) -> None:
    with pytest.raises(BadData):
        value(text)


ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()",
    "payload.__class__",
    "''.__class__.__mro__",
    "msg.__class__",
    "msg['__class__'].__init__",
    "(lambda: 1)()",
    "__import__('os').system('true')",
    "open('/etc/passwd')",
    "eval('1')",
    "exec('1')",
    "getattr(payload, 'real')",
    "globals()",
    "vars()",
    "print(1)",
    "[x for x in payload]",
    "{x for x in [1]}",
    "{x: 1 for x in [1]}",
    "(x for x in [1])",
    "(payload := 5)",
    "await payload",
    "(yield)",
    "f'{payload:>999999999}'",
    "f'{payload!r}'",
    "f'{payload.__class__}'",
    "'{0.__class__}'.format(payload)",
    "'%s' .join(payload)",
    "abs.__self__",
    "abs",
    "fn_abs(1)",
    "op_add(1, 2)",
    "properties",
    "float",
    "min(*payload)",
    "min(payload, key=abs)",
    "{**payload}",
    "[*payload]",
    "*payload",
    "b'bytes'",
    "1j",
    "...",
    "payload[::2]",
    "payload @ payload",
    "payload is 5",
    "msg",
    "msg[topic]",
    "1e999",
    "9" * 30,
    "1, 2",
    "1) + (2",
    "1] + [2",
    "payload; payload",
    "payload = 1",
    "import os",
    "text(1, 2)",
    "unknown",
    "",
    "  ",
    "payload +",
    "'open",
    "(" * 300 + "1" + ")" * 300,
    "-" * 1500 + "1",
    "not " * 400 + "1",
    "1" + "+1" * 900,
    "[" * 90 + "]" * 90,
    "payload\0",
    "\ud800",
    "x" * 3000,
]


@pytest.mark.parametrize("text", ESCAPES, ids=range(len(ESCAPES)))
def test_what_is_not_listed_cannot_be_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_expression(text)


def test_an_error_says_at_which_character() -> None:
    with pytest.raises(ValueError, match=r"'foo' is unknown .* at character 7"):
        compile_expression('"é" + foo')
    with pytest.raises(ValueError, match="at character 4"):
        compile_expression("payload\n + foo")
    with pytest.raises(ValueError, match="invalid syntax at the end"):
        compile_expression("payload +")


@pytest.mark.parametrize(
    "text", ["1 is null", "-5 is not null", "'a' is true", "2 * 3 is null", "pi is null", "payload is null"]
)
def test_what_it_is_pasted_as_compiles_without_a_warning(text: str) -> None:
    compiled = compile_expression(text)
    assert eval(compile(compiled.python, "<chain>", "eval"), {**compiled.helpers, "payload": 1}) is ("not" in text)


def test_names_tell_which_properties_are_used_and_whether_it_can_be_pasted_in() -> None:
    assert compile_expression("payload + time").names == {"payload", "time"}
    assert compile_expression("payload + time").inlinable
    assert compile_expression("msg.unit + msg.topic").names == {"unit", "topic"}
    assert compile_expression("id").inline() is None


def test_functions_of_the_node_can_be_called_and_no_others() -> None:
    assert compile_expression("double(payload)", {"double": lambda x: 2 * x}).evaluate(MESSAGE) == 43.0
    with pytest.raises(ValueError, match="no function 'now'"):
        compile_expression("now()")


def test_every_function_called_numeric_gives_numbers_that_operators_take() -> None:
    for name in sorted(NUMERIC):
        for argument in (0.5, 1, -1, [1.0, 2], "2", True, math.inf, math.nan, 10**300, 1.7e308):
            for arguments in ([argument], [argument, 1], [argument, 0, 1]):
                try:
                    found = FUNCTIONS[name](*arguments)
                except (BadData, TypeError):
                    continue
                assert type(found) in (int, float), name
                assert isinstance(found, float) or abs(found) < 2**1024, name
