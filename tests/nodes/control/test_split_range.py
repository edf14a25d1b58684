"""control/split-range: one controller, several actuators."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import Message
from flowengine.testing import messages_of
from flowengine_nodes.control.split_range import SplitPart, SplitRange, share

PARTS = [
    SplitPart(port="cool", start=0, end=45, at_start=100, at_end=0),
    SplitPart(port="heat", start=55, end=100),
]


def at(value: object) -> dict[str, object]:
    return {r.port: r.msg.payload for r in messages_of(SplitRange(parts=PARTS), value)}


def test_each_actuator_goes_over_its_part_and_stays_beyond() -> None:
    assert at(0) == {"cool": 100, "heat": 0}
    assert at(22.5) == {"cool": 50, "heat": 0}
    assert at(50) == {"cool": 0, "heat": 0}
    assert at(77.5) == {"cool": 0, "heat": 50}
    assert at(120) == {"cool": 0, "heat": 100}


def test_a_bad_message_leaves_empty_by_all_ports() -> None:
    found = messages_of(SplitRange(parts=PARTS), Message(50, quality="bad"))
    assert [(r.port, r.msg.payload, r.msg.quality) for r in found] == [("cool", None, "bad"), ("heat", None, "bad")]


def test_the_ports_are_those_of_the_parts() -> None:
    assert [port.name for port in SplitRange.output_ports({"parts": [{"port": "a"}, {"port": "b"}]})] == ["a", "b"]
    with pytest.raises(ValueError, match="name of its own"):
        SplitRange(parts=[PARTS[0], PARTS[0]])
    with pytest.raises(ValueError, match="less than end"):
        SplitRange(parts=[SplitPart(port="a", start=5, end=5)])


@settings(max_examples=25)
@given(st.floats(-50, 150), st.floats(0, 60), st.floats(1, 40), st.floats(-100, 100), st.floats(-100, 100))
def test_each_part_is_the_interpolation_of_numpy(value: float, start: float, way: float, a: float, b: float) -> None:
    part = SplitPart(port="valve", start=start, end=start + way, at_start=a, at_end=b)
    expected = np.interp(value, [part.start, part.end], [a, b])
    assert share(part, value) == pytest.approx(expected, rel=1e-9, abs=1e-9)
