"""control/ratio: one flow in proportion to another."""

from __future__ import annotations

import pytest

from flowengine import Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.control.ratio import Ratio


def test_the_setpoint_is_in_proportion_and_between_its_limits() -> None:
    assert outputs_of(Ratio(ratio=9.5, bias=5, low=10, high=100), 1, 0, 50) == [14.5, 10, 100]


def test_a_message_changes_the_ratio_between_its_limits() -> None:
    node = Ratio(ratio=2, ratio_low=1, ratio_high=3)
    node.on_ratio(Message(99))
    assert outputs_of(node, 10) == [30]
    assert node.state()["now"] == [3, 2]


def test_a_bad_reading_holds_the_setpoint() -> None:
    bad = Message(None, quality="bad")
    assert outputs_of(Ratio(), bad) == []
    found = messages_of(Ratio(ratio=3), 2, bad)
    assert [(r.msg.payload, r.msg.quality) for r in found] == [(6, "good"), (6, "uncertain")]


def test_limits_upside_down_are_refused() -> None:
    with pytest.raises(ValueError, match="ratio_low"):
        Ratio(ratio_low=3, ratio_high=2)
