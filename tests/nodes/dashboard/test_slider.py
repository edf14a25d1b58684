from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowengine import BadData, Message, Source
from flowengine_nodes.dashboard.slider import Slider

Operate = Callable[[Source, Any], Message]


def test_it_sends_the_number_with_topic_unit_and_time_and_shows_it_as_sent(operate: Operate) -> None:
    node = Slider(low=20, high=250, unit="degC", topic="setpoint")
    assert node.shown() is None
    msg = operate(node, 180)
    assert (msg.payload, msg.topic, msg.properties) == (180, "setpoint", {"unit": "degC"})
    assert msg.time > 0
    assert node.shown() == {"sent": 180, "time": msg.time}


@pytest.mark.parametrize("value", [19.9, 251, "180", True, None, float("nan"), [1]])
def test_what_is_beyond_its_ends_or_no_number_is_refused(operate: Operate, value: Any) -> None:
    node = Slider(low=20, high=250)
    with pytest.raises(BadData, match=r"is not (a number|between 20 and 250)"):
        operate(node, value)
    assert node.shown() is None


def test_what_was_sent_is_kept_over_a_restart(operate: Operate) -> None:
    before, after = Slider(), Slider()
    operate(before, 7)
    after.restore(before.state())
    assert after.shown() == before.shown()


def test_a_slider_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="low 5 must be below high 5"):
        Slider(low=5, high=5)
    with pytest.raises(ValueError, match="step 20 is larger"):
        Slider(low=0, high=10, step=20)
