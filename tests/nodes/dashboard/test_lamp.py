from __future__ import annotations

from typing import Any

import pytest

from flowengine import Message
from flowengine_nodes.dashboard.lamp import Lamp, LampRule
from flowengine_nodes.dashboard.zone import Zone

TRIP = [
    LampRule(value="active", state="alarm", text="tripped"),
    LampRule(value="cleared", state="normal"),
    LampRule(value=1, state="warning", text="one"),
]


@pytest.mark.parametrize(
    ("value", "state", "text"),
    [
        ("active", "alarm", "tripped"),
        ("cleared", "normal", "cleared"),
        (1, "warning", "one"),
        (True, "active", ""),  # true is not 1
        (0, "off", ""),
        (80, "alarm", "hot"),
        ("something else", "normal", "something else"),
        ({"a": 1}, "normal", '{"a":1}'),
    ],
)
def test_the_first_rule_or_zone_that_fits_says_how_it_looks(value: Any, state: str, text: str) -> None:
    node = Lamp(rules=TRIP, zones=[Zone(state="alarm", low=70, text="hot")])
    node.take(Message(value, time=1.0))
    assert (node.shown()["state"], node.shown()["text"]) == (state, text)


def test_until_a_message_has_come_it_shows_the_initial_value_or_nothing() -> None:
    assert Lamp(rules=TRIP).shown() is None
    assert Lamp(rules=TRIP, initial="cleared").shown()["state"] == "normal"


def test_bad_quality_is_unknown_whatever_the_value() -> None:
    node = Lamp(rules=TRIP)
    node.take(Message("cleared", quality="bad"))
    assert node.shown()["state"] == "unknown"
