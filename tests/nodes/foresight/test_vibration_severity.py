"""foresight/vibration-severity: the zones of ISO 20816."""

from __future__ import annotations

import pytest

from flowengine import Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.foresight.vibration_severity import VibrationSeverity


def zones(node: VibrationSeverity, *values: float) -> list[str]:
    return [r.msg.payload["zone"] for r in messages_of(node, *values) if r.port == "out"]


def test_a_value_lies_in_its_zone() -> None:
    assert zones(VibrationSeverity(), 1.4, 1.5, 2.9, 4.6) == ["A", "B", "C", "D"]
    assert zones(VibrationSeverity(machine="large-flexible"), 3.5, 7.1, 11.0, 11.1) == ["A", "B", "C", "D"]
    assert zones(VibrationSeverity(machine="own", limits=[1, 2, 3]), 0.5, 2.5) == ["A", "C"]


def test_a_zone_gets_better_only_clearly() -> None:
    assert zones(VibrationSeverity(), 4.6, 4.4, 4.2, 2.0, 1.39, 1.3) == ["D", "D", "C", "B", "B", "A"]


def test_an_alarm_says_what_has_changed() -> None:
    found = [r.msg.payload for r in messages_of(VibrationSeverity(), 1.0, 1.2, 3.0) if r.port == "alarm"]
    assert [(a["before"], a["zone"], a["last"], a["since_first"]) for a in found] == [("A", "C", 1.2, 2.0)]
    assert found[0]["margin"] == pytest.approx(1.5)


def test_a_bad_reading_leaves_empty_and_topics_are_machines() -> None:
    node = VibrationSeverity()
    assert outputs_of(node, Message(9, quality="bad")) == [None]
    assert [r.port for r in messages_of(node, Message(3.0, topic="a"), Message(3.0, topic="b"))] == [
        *["out", "alarm"] * 2
    ]


def test_limits_of_ones_own_must_ascend() -> None:
    for limits in ([], [1.0], [1.0, 3.0, 2.0]):
        with pytest.raises(ValueError, match="three limits"):
            VibrationSeverity(machine="own", limits=limits)
