"""control/lead-lag and the dead time against python-control."""

from __future__ import annotations

import control
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes.control.dead_time import DeadTime
from flowengine_nodes.control.lead_lag import LeadLag

START = 1e9


def outputs(node: LeadLag, times: list[float], numbers: list[float]) -> list[float]:
    inputs = [Message(x, time=START + t) for t, x in zip(times, numbers, strict=True)]
    return [routed.msg.payload for routed in messages_of(node, *inputs)]


@settings(max_examples=20)
@given(st.lists(st.floats(-10, 10), min_size=3, max_size=40), st.just(0.0) | st.floats(0.1, 50), st.floats(1, 50))
def test_it_is_the_transfer_function_that_python_control_simulates(
    numbers: list[float], lead: float, lag: float
) -> None:
    times = [2.0 * n for n in range(len(numbers))]
    found = outputs(LeadLag(gain=1.5, lead=lead, lag=lag), times, numbers)
    system = control.tf([1.5 * lead, 1.5], [lag, 1])
    # python-control begins at rest at 0, the node at rest at its first reading: the difference is what moves.
    moving = np.array(numbers) - numbers[0]
    response = control.forced_response(control.ss(system), times, moving).outputs
    assert found == pytest.approx((response + 1.5 * numbers[0]).tolist(), rel=1e-7, abs=1e-7)


def test_the_dead_time_comes_on_top_and_the_reference_is_taken_off() -> None:
    node = LeadLag(gain=2, dead_time=3, reference=10)
    assert outputs(node, [0, 1, 2, 3, 4, 5, 6], [10, 10, 20, 20, 20, 20, 20]) == [0, 0, 0, 0, 0, 20, 20]


def test_it_stays_between_its_limits_and_is_held_with_a_bad_reading() -> None:
    inputs = [Message(5.0, time=START), Message(None, time=START + 1, quality="bad"), Message(-50.0, time=START + 2)]
    found = messages_of(LeadLag(gain=3, low=-10, high=10), *inputs)
    assert [(r.msg.payload, r.msg.quality) for r in found] == [(10, "good"), (10, "uncertain"), (-10, "good")]


def test_after_a_gap_it_begins_anew_and_late_readings_are_refused() -> None:
    assert outputs(LeadLag(lag=100, longest_gap=60), [0, 100], [0, 8]) == [0, 8]
    with pytest.raises(BadData, match="late"):
        outputs(LeadLag(), [5, 4], [0, 0])
    with pytest.raises(ValueError, match="give lag"):
        LeadLag(lead=5)


@given(st.lists(st.tuples(st.floats(0.1, 5), st.floats(-10, 10)), min_size=1, max_size=60), st.floats(0.1, 20))
def test_a_dead_time_gives_the_signal_of_so_long_ago(pairs: list[tuple[float, float]], seconds: float) -> None:
    way = DeadTime(seconds)
    times = np.cumsum([gap for gap, _ in pairs])
    numbers = [value for _, value in pairs]
    for i, t in enumerate(times):
        now = way.update(float(t), numbers[i])
        assert now == pytest.approx(np.interp(t - seconds, times[: i + 1], numbers[: i + 1]), abs=1e-9)
