"""What a flow test can expect, and what it says when something else came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.rehearse.condition import equal, includes
from flowengine.rehearse.suite import FileResult

Run = Callable[..., FileResult]

READINGS = [{"node": "temperature", "every": 10, "values": [20, 65, 30]}]
"""At 0, 10 and 20 s; 65 raises the alarm."""


def outcome(rehearse: Run, **test: Any) -> str:
    """Return what is wrong, in words; empty when the test passes."""
    result = rehearse({"feed": READINGS, "duration": 30, **test})
    assert not result.problems, result.problems
    found = result.outcomes[0]
    assert not found.error
    return "\n".join(f"{unmet.expected} | {' | '.join(unmet.came)}" for unmet in found.unmet)


@pytest.mark.parametrize(
    "expectation",
    [
        {"node": "scale", "count": 3},
        {"node": "scale", "count": {"min": 2, "max": 3}},
        {"node": "scale", "payload": 65, "at": 10},
        {"node": "scale", "near": 64.9, "tolerance": 0.2},
        {"node": "scale", "range": [60, 70], "count": 1},
        {"node": "scale", "range": [20, None], "all": True},
        {"node": "scale", "payloads": [20, 65.0, 30]},
        {"node": "scale", "after": 5, "by": 15, "payloads": [65]},
        {"node": "alarm", "payload": 65, "by": 10},
        {"node": "alarm", "after": 10.001, "count": 0},
        {"leaves": "compare.high", "count": 1},
        {"leaves": "compare", "count": 2},
        {"node": "scale", "matches": 65},
        {"node": "scale", "msg": {"quality": "good"}, "all": True},
        {"order": [{"node": "scale", "payload": 65}, {"leaves": "compare.high"}, {"node": "alarm"}]},
        {"order": [{"node": "scale", "payload": 20}, {"node": "scale", "payload": 30}]},
    ],
)
def test_what_came_is_accepted(rehearse: Run, expectation: Any) -> None:
    assert outcome(rehearse, expect=[expectation]) == ""


@pytest.mark.parametrize(
    ("expectation", "words"),
    [
        ({"node": "scale", "count": 2}, ["2 messages to scale", "3:"]),
        ({"node": "scale", "payload": 65, "at": 20}, ["payload 65", "at other times", "10.000 s  payload 65"]),
        ({"node": "scale", "near": 60, "tolerance": 1}, ["payload 60 ± 1", "the nearest", "payload 65"]),
        (
            {"node": "scale", "range": [None, 60], "all": True},
            ["every message to scale", "1 of 3 not so", "payload 65"],
        ),
        ({"node": "scale", "payloads": [20, 66, 30]}, ["number 2: expected 66, came 65 at 10 s"]),
        ({"node": "scale", "payloads": [20, 65]}, ["number 3: expected no further message, came 30"]),
        ({"node": "alarm", "count": 0}, ["no message to alarm", "1:", "payload 65"]),
        ({"node": "hold.setpoint"}, ["nothing came to hold; it is fed by scale, button"]),
        ({"node": "scale", "payload": 65, "topic": "x"}, ["topic 'x'", "payload 65, topic ''"]),
        ({"node": "scale", "payload": True}, ["payload true"]),
        ({"node": "scale", "property": "unit", "payload": "bar"}, ['unit "bar"', "unit missing"]),
        ({"node": "scale", "msg": {"unit": "bar"}}, ["unit missing"]),
        ({"order": [{"node": "alarm"}, {"node": "scale", "payload": 20}]}, ["step 2 of 2", "only before that"]),
        ({"order": [{"node": "alarm", "payload": 1}, {"node": "scale"}]}, ["step 1 of 2", "payload 65"]),
    ],
)
def test_what_came_instead_is_shown(rehearse: Run, expectation: Any, words: list[str]) -> None:
    text = outcome(rehearse, expect=[expectation])
    for word in words:
        assert word in text


def test_the_last_message_of_a_place_is_judged(rehearse: Run) -> None:
    assert outcome(rehearse, final=[{"node": "scale", "payload": 30}, {"node": "alarm", "payload": 65}]) == ""
    text = outcome(rehearse, final=[{"node": "scale", "near": 65, "tolerance": 1}])
    assert "the last message to scale: payload 65 ± 1" in text
    assert "payload 30" in text


def test_a_message_leaves_before_it_arrives(rehearse: Run) -> None:
    there_and_back = [{"leaves": "scale", "payload": 65}, {"node": "compare", "payload": 65}, {"node": "alarm"}]
    assert outcome(rehearse, expect=[{"order": there_and_back}]) == ""
    assert "step 2" in outcome(rehearse, expect=[{"order": there_and_back[1::-1]}])


def test_true_is_not_one_and_text_is_not_a_number() -> None:
    assert not equal(True, 1)
    assert not equal(0, False)
    assert not equal("1", 1)
    assert equal(0.1 + 0.2, 0.3)
    assert not equal(0.31, 0.3)
    assert equal(b"\x01", b"\x01")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_value_equals_and_includes_itself(value: Any) -> None:
    assert equal(value, value)
    assert includes(value, value)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.data())
def test_an_object_includes_every_part_of_it(value: dict[str, Any], data: Any) -> None:
    keys = data.draw(st.sets(st.sampled_from(sorted(value)))) if value else set()
    assert includes(value, {key: value[key] for key in keys})
    assert not includes({}, {"missing": None})
