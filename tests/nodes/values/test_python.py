"""values/python: a trusted person's function."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from flowengine import BadData, Message, Refused
from flowengine.clock import VIRTUAL_EPOCH
from flowengine.options import build, problems, schema_of
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.values.python import Python


def made(code: str, **options: Any) -> Python:
    assert problems(schema_of(Python), {"code": code, **options}) == []
    return build(Python, {"code": code, **options})


def test_the_code_returns_a_message_nothing_several_or_one_for_a_port() -> None:
    assert outputs_of(made("return msg.with_payload(msg.payload * 2)"), 4) == [8]
    assert outputs_of(made("if msg.payload > 5:\n    return msg"), 4, 6) == [6]
    assert outputs_of(made("return [msg, None, Message(5)]"), 4) == [4, 5]
    assert outputs_of(made("for i in range(msg.payload):\n    yield Message(i)"), 3) == [0, 1, 2]
    node = made("return [msg.to('low'), msg.to('high')]", ports=["low", "high"])
    assert [routed.port for routed in messages_of(node, 1)] == ["low", "high"]
    assert [port.name for port in Python.output_ports({"ports": ["low", "high"]})] == ["low", "high"]
    assert [port.name for port in Python.output_ports({})] == ["out"]


def test_code_without_a_line_ends_every_message() -> None:
    assert outputs_of(made(""), 1) == []
    assert outputs_of(made("# nothing yet"), 1) == []


def test_state_lasts_from_message_to_message_and_over_a_restart() -> None:
    code = "state['n'] = state.get('n', 0) + 1\nreturn msg.with_payload(state['n'])"
    first, second = made(code), made(code)
    assert outputs_of(first, "a", "b") == [1, 2]
    second.restore(first.state())
    assert outputs_of(second, "c") == [3]
    assert outputs_of(made(code), "d") == [1]


def test_setup_runs_once_and_what_it_defines_can_be_used() -> None:
    setup = "import math\ncalls = []\ndef twice(x):\n    return 2 * x\ncalls.append(1)"
    assert outputs_of(made("return Message(twice(math.floor(msg.payload)) + len(calls))", setup=setup), 2.5, 3.5) == [
        5,
        7,
    ]


def test_context_clock_and_log_are_at_hand(caplog: pytest.LogCaptureFixture) -> None:
    code = "context('flow').set('last', msg.payload)\nlog.warning('saw %s', msg.payload)\n"
    code += "return Message([context('flow').get('last'), clock.now()])"
    with caplog.at_level(logging.WARNING):
        assert outputs_of(made(code), 7) == [[7, VIRTUAL_EPOCH]]
    assert "saw 7" in caplog.text


def test_an_error_names_the_line_of_the_code() -> None:
    code = 'text = """a\nb"""\nx = 1\nreturn nothing'
    with pytest.raises(BadData, match=r"line 4: NameError: name 'nothing' is not defined"):
        outputs_of(made(code), 1)
    inner = "def f(x):\n    return 1 / x\nyield Message(f(msg.payload))"
    with pytest.raises(BadData, match=r"line 2: ZeroDivisionError"):
        outputs_of(made(inner), 0)
    with pytest.raises(BadData, match=r"line 1: TypeError"):
        outputs_of(made("return twice(None)", setup="def twice(x):\n    return x + 1"), 1)


def test_what_is_raised_on_purpose_stays_what_it_is() -> None:
    code = "raise Refused('not now')"
    with pytest.raises(Refused, match=r"^not now$"):
        outputs_of(made(code, setup="from flowengine import Refused"), 1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"code": "x = 1\nreturn (msg"}, r"code, line 2: '\(' was never closed"),
        ({"code": "x = 1\n\nawait msg"}, "code, line 3: 'await' outside async function"),
        ({"code": "return 1\nbreak"}, "code, line 2: 'break' outside loop"),
        ({"code": "return msg", "setup": "x ="}, "setup, line 1: invalid syntax"),
        ({"code": "x = '\0'"}, "code"),
        ({"code": "", "ports": ["a", "a"]}, "same name"),
    ],
)
def test_what_is_no_python_is_refused_when_the_node_is_made(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        build(Python, options)


def test_setup_that_fails_names_its_line_and_stops_the_start() -> None:
    with pytest.raises(ValueError, match="setup, line 2: ZeroDivisionError"):
        outputs_of(made("return msg", setup="x = 0\ny = 1 / x"), 1)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("return 5", "the code returned 5: return a message"),
        ("return {'payload': 5}", "the code returned"),
        ("return 'text'", "the code returned 'text'"),
        ("return [msg, 5]", "a list with 5 in it"),
        ("return msg.to('nowhere')", "port 'nowhere'; there is: out"),
        ("return [msg.to('nowhere')]", "port 'nowhere'"),
    ],
)
def test_what_is_returned_must_be_messages(code: str, text: str) -> None:
    with pytest.raises(BadData, match=text):
        outputs_of(made(code), Message(1))


@pytest.mark.parametrize(
    "code",
    [
        "return msg.with_payload(msg.payload * 1.8 + 32)",
        "return msg.with_payload({'v': round(msg.payload, 1), 't': msg.topic, 'q': msg.quality, 'at': msg.time})",
        "return msg.with_payload(math.floor(msg.payload) if msg.payload > limit else twice(msg.payload))",
        "return msg.with_payload(msg.payload[0])",
    ],
)
def test_code_of_one_line_is_pasted_into_the_chain_and_does_the_same(code: str, inline_is_process: Any) -> None:
    setup = "import math\nlimit = 10\ndef twice(x):\n    return 2 * x"
    payloads: list[Any] = [1, 20.5, float("nan"), None, "text", [3], {"a": 1}]
    inline_is_process(made(code, setup=setup), [Message(payload, topic="t", time=5.0) for payload in payloads])


@pytest.mark.parametrize(
    ("code", "setup"),
    [
        ("x = msg.payload\nreturn msg.with_payload(x)", ""),
        ("return msg", ""),
        ("return msg.with_payload(msg.payload, 1)", ""),
        ("return msg.with_payload(msg.get('unit'))", ""),
        ("return msg.with_payload(state['n'])", ""),
        ("return msg.with_payload([x for x in msg.payload])", ""),
        ("return msg.with_payload((lambda: 1)())", ""),
        ("return msg.with_payload(unknown)", ""),
        ("return msg.with_payload(payload)", "payload = 1"),
        ("return msg.with_payload(n)", "n = 1\ndef more():\n    global n\n    n += 1"),
        ("return msg.with_payload(msg.payload +\n 1)", ""),
    ],
)
def test_code_that_may_see_or_do_more_is_called(code: str, setup: str) -> None:
    node = made(code, setup=setup)
    exec(setup, node._names)
    assert node.inline() is None
