"""Expressions in JSONata: what is compiled gives what jsonata-python gives, and both what Node-RED gives."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine_nodes.nodered import jsonata
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.expression.values import MOST, Elsewhere
from flowengine_nodes.nodered.message import MISSING
from tests.nodered.expressions import expression, message


class Node:
    """What an expression asks a node for."""

    class clock:
        """A clock that stands still."""

        @staticmethod
        def now() -> float:
            """Return the time."""
            return 1_700_000_000.123


def _said(evaluate: Any, *given: Any) -> str:
    try:
        return repr(evaluate(*given))
    except RedError as error:
        return str(error)


@settings(max_examples=300)
@given(seed=st.integers(0, 2**64))
def test_what_is_compiled_gives_what_jsonata_python_gives_errors_included(seed: int) -> None:
    pick = random.Random(seed)
    text, msg = expression(pick), message(pick)
    assert _said(jsonata.evaluate, Node, text, msg) == _said(jsonata.by_library, Node, text, msg), text


def test_most_expressions_that_have_a_value_never_ask_jsonata_python() -> None:
    compiled = whole = 0
    for seed in range(300):
        pick = random.Random(seed)
        text, msg = expression(pick), message(pick)
        try:
            fast = jsonata.compiled(text)
            jsonata.by_library(Node, text, msg)
        except RedError:
            continue
        whole += 1
        if fast is not None:
            try:
                fast(Node, msg, {})
                compiled += 1
            except Exception:  # noqa: BLE001 - whatever it raises, jsonata-python is asked
                continue
    assert compiled > whole * 0.8, f"{compiled} of {whole}"


@pytest.mark.parametrize("road", [jsonata.evaluate, jsonata.by_library])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("payload.n % 2", 1.5),
        ("payload.n / 0", math.inf),
        ("'x' & payload.place", 'x{"name":"Würzburg","low":1e-7,"third":0.333333333333333}'),
        ("payload.blob & ''", '{"type":"Buffer","data":[1,2]}'),
        ("$string(12345678901234567890)", "12345678901234567000"),
        ("$lowercase('STRAßE')", "straße"),
        ("$number('0x1F')", 31),
        ("$millis()", 1_700_000_000_123),
        ("$now()", "2023-11-14T22:13:20.123Z"),
        ("payload.nothing", MISSING),
        ("payload.none", None),
        ("payload.rows[n > 1].n", [2, 3]),
        ("payload.rows[-1].n", 3),
        ("payload.rows[n = 2]", {"n": 2}),
    ],
)
def test_values_are_those_that_node_red_gives(road: Any, text: str, value: Any) -> None:
    place = {"name": "Würzburg", "low": 1e-7, "third": 1 / 3}
    payload = {"n": 5.5, "place": place, "blob": b"\1\2", "none": None, "rows": [{"n": 1}, {"n": 2}, {"n": 3}]}
    found = road(Node, text, {"payload": payload})
    assert repr(found) == repr(value)


def test_a_text_that_is_no_number_is_refused_as_one() -> None:
    with pytest.raises(RedError, match="Unable to cast value to a number"):
        jsonata.evaluate(Node, "$number(payload)", {"payload": " 5 "})


def test_an_expression_of_node_reds_early_days_names_the_msg() -> None:
    assert jsonata.evaluate(Node, "msg.payload + 1", {"payload": 1}) == 2
    assert jsonata.evaluate(Node, "payload & '.msg'", {"payload": 1}) == "1.msg"


def test_what_is_no_json_elsewhere_in_a_msg_is_not_looked_at() -> None:
    assert jsonata.evaluate(Node, "$keys($)[0]", {"payload": 1, "req": object()}) == "payload"


def test_a_list_that_is_too_long_to_hold_up_others_is_left_to_what_watches_the_time() -> None:
    fast = jsonata.compiled("payload[$ > 0]")
    with pytest.raises(Elsewhere):
        fast(Node, {"payload": [1] * (MOST + 1)}, {})
    nested = jsonata.compiled("payload[$count($$.payload[$ > 0]) > 0]")
    with pytest.raises(Elsewhere):
        nested(Node, {"payload": [1] * 1000}, {})


def test_an_expression_without_an_end_ends_by_its_own_work_not_by_the_clock_on_the_wall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jumping = iter(range(0, 10**9, 3600))
    monkeypatch.setattr("time.time", lambda: next(jumping))
    assert jsonata.by_library(Node, "$split('a,b', ',')", {}) == ["a", "b"]
    monkeypatch.setattr(jsonata, "LONGEST_MS", 20)
    with pytest.raises(RedError, match="timeout after 20 milliseconds"):
        jsonata.by_library(Node, "($f := function($n) { $f($n + 1) }; $f(0))", {})
    with pytest.raises(RedError, match="Stack"):
        jsonata.by_library(Node, "($f := function($n) { 1 + $f($n + 1) }; $f(0))", {})
