"""Trying a node: alone, in virtual time, within a limit."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import AsyncTransform, Emission, Message, Transform
from flowengine.service import Tried, Try
from flowengine.service.trying import Trying
from tests.engine.service.conftest import Machine, registry


class Asks(AsyncTransform, type="test/asks"):
    """Ask a server."""

    async def process(self, msg: Message) -> Emission:
        return msg


class Reads(Transform, type="test/reads"):
    """Read from a machine."""

    machine: Machine

    def process(self, msg: Message) -> Message:
        return msg


def tried(type_name: str, *payloads: Any, limit: float = 30.0, port: str = "", **options: Any) -> Tried:
    known = registry()
    known.add(Asks, "test")
    known.add(Reads, "test")
    messages = tuple({"payload": payload} for payload in payloads)
    return Trying(known, {"PLANT": "nine"}, limit).run(Try(type_name, messages, options, port))


def payloads(result: Tried) -> list[Any]:
    return [output.message["payload"] for output in result.outputs]


def test_a_formula_is_tried_on_samples() -> None:
    result = tried("values/expression", 1, 2, expression="payload * 2")
    assert (payloads(result), result.error, result.line) == ([2, 4], "", 0)
    assert result.outputs[0].port == "out"


def test_python_says_which_line_failed_and_what_came_before_is_shown() -> None:
    result = tried("values/python", 1, 0, code="x = 1\nreturn msg.with_payload(\n  x / msg.payload)")
    assert payloads(result) == [1.0]
    assert "ZeroDivisionError" in result.error
    assert result.line == 3


def test_code_that_cannot_be_read_says_its_line() -> None:
    result = tried("values/python", 1, code="x = 1\nreturn (")
    assert (result.outputs, result.line) == ((), 2)
    assert result.error


def test_what_leaves_later_is_waited_for_in_virtual_time() -> None:
    assert payloads(tried("timing/delay", 1, delay=30, limit=20)) == [1]


@pytest.mark.parametrize(
    "code", ["while True: pass", "while True:\n  try:\n    while True: pass\n  except Exception: pass"]
)
def test_code_that_never_ends_is_given_up(code: str) -> None:
    assert "not finished after 0.5 s" in tried("values/python", 1, code=code, limit=0.5).error


def test_calls_that_cannot_be_ended_are_counted_and_bounded() -> None:
    trying = Trying(registry(), {}, 0.05)
    stuck = Try(
        "values/python", ({},), {"code": "import time\nwhile True:\n  try: time.sleep(3)\n  except BaseException: pass"}
    )
    for _ in range(4):
        assert "not finished" in trying.run(stuck).error
    assert "have not come to an end" in trying.run(stuck).error


@pytest.mark.parametrize(
    ("type_name", "options", "why"),
    [
        ("timing/inject", {}, "only transforms"),
        ("debug/nothing", {}, "there is no node type"),
        ("test/drive", {"machine": "press"}, "only transforms"),
        ("test/machine", {}, "only transforms"),
        ("test/asks", {}, "only transforms"),
        ("test/reads", {"machine": "press"}, "uses a connection"),
        ("values/expression", {}, "expression"),
        ("values/expression", {"expression": "payload +"}, ""),
        ("values/expression", {"expression": "${secret:key}"}, "secret"),
        ("values/expression", {"expression": "${NOT_THERE}"}, "NOT_THERE"),
        ("values/expression", {"expression": "1", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_tried_says_why(type_name: str, options: dict[str, Any], why: str) -> None:
    result = tried(type_name, 1, **options)
    assert result.error
    assert why in result.error
    assert result.outputs == ()


def test_variables_are_known_and_messages_are_checked() -> None:
    assert payloads(tried("values/expression", 1, expression='"${PLANT}"')) == ["nine"]
    known = Trying(registry(), {})
    bad = known.run(Try("values/expression", ({"payload": 1, "quality": "fine"},), {"expression": "payload"}))
    assert "quality" in bad.error
    assert "no input port" in tried("values/expression", 1, port="x", expression="payload").error


def test_a_flood_is_cut() -> None:
    result = tried("values/python", 1, code="return [msg] * 5000")
    assert len(result.outputs) == 1000
    assert "more than 1000" in result.error
