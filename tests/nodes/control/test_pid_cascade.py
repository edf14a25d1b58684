"""control/pid in a cascade: what the outer controller does while the inner one does not follow; weights, wind-up."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine_nodes.control.pid import PidController
from flowengine_nodes.control.pid_algorithm import Pid


def sent(node: PidController, value: Any, at: float, **fields: Any) -> dict[str, Any]:
    result = node.process(Message(value, time=1e9 + at, **fields))
    items = [result] if isinstance(result, Message) else result or []
    return {
        ("output" if isinstance(x, Message) else x.port): (x if isinstance(x, Message) else x.msg).payload
        for x in items
    }


def inner() -> PidController:
    return PidController(setpoint=50, kp=2, ti=20, back=True)


def test_at_a_limit_the_inner_controller_says_in_which_direction_it_cannot_follow() -> None:
    node = inner()
    assert sent(node, 0.0, 0)["back"] == "high"
    assert sent(node, 45.0, 1) == {"output": pytest.approx(10, abs=5), "back": None}
    assert sent(node, 200.0, 2)["back"] == "low"
    cooling = PidController(setpoint=50, kp=2, ti=20, back=True, action="direct")
    assert sent(cooling, 200.0, 0)["back"] == "low"


def test_by_hand_or_without_reading_it_says_its_measurement() -> None:
    node = inner()
    assert sent(node, 45.0, 0) == {"output": 10}
    node.on_manual(Message(30))
    assert sent(node, 46.0, 1)["back"] == 46.0
    node.on_manual(Message(None))
    sent(node, 46.0, 2)
    assert sent(node, 46.0, 3).get("back", "same") in (None, "same")


def test_the_outer_controller_goes_no_further_where_the_inner_cannot_follow() -> None:
    free, blocked = PidController(setpoint=100, kp=0.1, ti=10), PidController(setpoint=100, kp=0.1, ti=10)
    for n in range(20):
        sent(free, 50.0, n)
        blocked.on_track(Message("high"))
        sent(blocked, 50.0, n)
    assert sent(free, 50.0, 20)["output"] > 10
    assert sent(blocked, 50.0, 20)["output"] == 5
    blocked.on_track(Message(None))
    assert sent(blocked, 50.0, 22)["output"] == 5
    assert sent(blocked, 50.0, 24)["output"] > 5


def test_the_outer_controller_follows_a_number_and_goes_on_from_there() -> None:
    node = PidController(setpoint=100, kp=0.5, ti=10)
    sent(node, 50.0, 0)
    node.on_track(Message(42))
    assert [sent(node, 50.0, n)["output"] for n in (1, 2, 3)] == [42, 42, 42]
    node.on_track(Message(None))
    assert sent(node, 50.0, 4)["output"] == pytest.approx(42)
    assert sent(node, 50.0, 5)["output"] == pytest.approx(42)
    assert sent(node, 50.0, 6)["output"] == pytest.approx(42 + 2.5)
    with pytest.raises(BadData, match="cannot be tracked"):
        node.on_track(Message("up"))


def test_a_weighed_setpoint_kicks_less_and_the_loop_comes_to_rest_at_it_all_the_same() -> None:
    full, half = Pid(2, 10, low=-1000, high=1000), Pid(2, 10, low=-1000, high=1000, weight_p=0.5)
    for pid in (full, half):
        pid.track(0.0, 0.0, 0.0)
    assert full.update(0.0, 10.0, 1.0) == 20
    assert half.update(0.0, 10.0, 1.0) == 10
    y = 0.0
    for _ in range(500):
        y += (half.update(y, 10.0, 1.0) - y) / 30
    assert y == pytest.approx(10)


def test_the_setpoint_in_the_derivative_kicks_and_only_then() -> None:
    for weight, expected in ((0.0, 20.0), (1.0, 20.0 + 2 * 10 * 10 * (5 / 15))):
        pid = Pid(2, 10, 5, low=-1000, high=1000, weight_d=weight)
        pid.track(0.0, 0.0, 0.0)
        assert pid.update(0.0, 10.0, 1.0) == pytest.approx(expected)


def test_clamping_stops_the_integral_at_a_limit() -> None:
    pid = Pid(1, 10, low=0, high=100, clamping=True)
    for _ in range(1000):
        pid.update(0.0, 500.0, 1.0)
    assert pid.integral == pytest.approx(0.0)
    assert pid.update(480.0, 500.0, 1.0) == 20
    assert pid.update(480.0, 500.0, 1.0) == 22
