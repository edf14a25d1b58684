from __future__ import annotations

import pytest

from flowengine import Message
from flowengine.testing import messages_of
from flowengine_nodes.dashboard.value import ValueDisplay
from flowengine_nodes.dashboard.zone import Zone

READING = Message(21.5, topic="plant/oven", time=7.0, properties={"unit": "degC"})


def test_it_shows_the_newest_value_with_unit_quality_and_time_and_passes_messages_on() -> None:
    node = ValueDisplay()
    assert node.shown() is None
    sent = messages_of(node, Message(1.0), READING)
    assert [routed.msg for routed in sent][-1].payload == 21.5
    assert node.shown() == {
        "value": 21.5,
        "unit": "degC",
        "quality": "good",
        "time": 7.0,
        "state": "normal",
        "text": "",
    }


def test_its_own_unit_comes_before_that_of_the_message() -> None:
    node = ValueDisplay(unit="°C")
    node.take(READING)
    assert node.shown()["unit"] == "°C"


def test_the_first_zone_in_which_the_value_lies_says_what_it_means() -> None:
    node = ValueDisplay(
        zones=[
            Zone(state="alarm", low=230, text="too hot"),
            Zone(state="warning", low=200),
            Zone(state="alarm", high=5),
        ]
    )
    states = []
    for value in (21, 200, 230, -1, "open", None):
        node.take(READING.with_payload(value))
        states.append((node.shown()["state"], node.shown()["text"]))
    assert states == [
        ("normal", ""),
        ("warning", ""),
        ("alarm", "too hot"),
        ("alarm", ""),
        ("normal", ""),
        ("normal", ""),
    ]


def test_a_zone_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match=r"zones\[0\]: low 5 must be below high 5"):
        ValueDisplay(zones=[Zone(state="alarm", low=5, high=5)])
