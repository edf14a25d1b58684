"""control/gain-schedule, and the port tune of control/pid that takes it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import outputs_of
from flowengine_nodes.control.gain_schedule import GainSchedule, SchedulePoint
from flowengine_nodes.control.pid import PidController

POINTS = [SchedulePoint(at=100, kp=6, ti=80), SchedulePoint(at=200, kp=3, ti=60, td=10)]

points = st.builds(
    SchedulePoint, at=st.integers(0, 300), kp=st.floats(0, 50), ti=st.floats(0.1, 900), td=st.floats(0, 90)
)


def test_parameters_go_in_a_straight_line_and_stay_beyond() -> None:
    found = outputs_of(GainSchedule(points=POINTS), 50, 100, 150, 200, 300)
    assert found == [
        {"kp": 6, "ti": 80, "td": 0},
        {"kp": 6, "ti": 80, "td": 0},
        {"kp": 4.5, "ti": 70, "td": 5},
        {"kp": 3, "ti": 60, "td": 10},
        {"kp": 3, "ti": 60, "td": 10},
    ]
    assert outputs_of(GainSchedule(points=POINTS, between="step"), 150) == [{"kp": 6, "ti": 80, "td": 0}]


def test_a_bad_reading_leaves_the_controller_alone_and_points_must_ascend() -> None:
    assert outputs_of(GainSchedule(points=POINTS), Message(1, quality="bad")) == []
    with pytest.raises(ValueError, match="ascend"):
        GainSchedule(points=POINTS[::-1])


def test_the_controller_takes_new_parameters_without_a_bump() -> None:
    node = PidController(setpoint=100, kp=2, ti=10, output_low=-1000, output_high=1000)
    before = [node.process(Message(90.0, time=1e9 + n)) for n in range(5)][-1]
    node.on_tune(Message({"kp": 8, "ti": 40, "td": 1}))
    after = node.process(Message(90.0, time=1e9 + 4.001))
    assert isinstance(before, Message)
    assert isinstance(after, Message)
    assert after.payload == pytest.approx(before.payload, abs=2.1)  # what the integral adds in that second at kp 2
    again = PidController(setpoint=100, kp=2, ti=10, output_low=-1000, output_high=1000)
    again.restore(node.state())
    assert again.state()["memory"]["tuned"] == {"kp": 8, "ti": 40, "td": 1}
    edited = PidController(setpoint=100, kp=3, ti=10)
    edited.restore(node.state())
    assert edited.state()["memory"]["tuned"] == {}


def test_parameters_out_of_range_are_refused() -> None:
    node = PidController()
    for wrong in ({"kp": -1}, {"ti": 0.0}, {"gain": 3}, 5):
        with pytest.raises(BadData):
            node.on_tune(Message(wrong))


@settings(max_examples=25)
@given(st.lists(points, min_size=1, max_size=8, unique_by=lambda point: point.at), st.floats(-50, 350))
def test_between_points_it_is_the_interpolation_of_numpy(found: list[SchedulePoint], at: float) -> None:
    found = sorted(found, key=lambda point: point.at)
    (sent,) = outputs_of(GainSchedule(points=found), at)
    places = [point.at for point in found]
    expected = {name: np.interp(at, places, [getattr(point, name) for point in found]) for name in ("kp", "ti", "td")}
    assert sent == pytest.approx(expected, rel=1e-9, abs=1e-9)
