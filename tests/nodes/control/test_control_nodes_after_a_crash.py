"""Control nodes that are stopped by force and built again from their state go on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowengine import Message, Transform
from flowengine_nodes import BangBang, LeadLag, Ratio, SmithPredictor, StateMachine
from flowengine_nodes.control.state_machine import Condition, Transition
from tests.nodes.test_nodes_after_a_crash import readings, run

STATES = [Condition(name="low"), Condition(name="high"), Condition(name="late")]
WAYS = [
    Transition(from_="low", to="high", when="payload > 6"),
    Transition(from_="high", to="late", after=1.1),
    Transition(from_="late", to="low", when="payload < 3", after=0.5),
]

CASES: dict[str, tuple[Callable[[], Transform], list[Message]]] = {
    "lead-lag": (lambda: LeadLag(lead=3, lag=1, dead_time=1.5), readings()),
    "smith predictor": (lambda: SmithPredictor(gain=2, time_constant=3, dead_time=2), readings()),
    "ratio": (lambda: Ratio(ratio=2), readings()),
    "bang-bang": (lambda: BangBang(setpoint=5, minimum_on=2, minimum_off=1), readings()),
    "state machine": (lambda: StateMachine(states=STATES, transitions=WAYS), readings()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_node_goes_on_as_if_nothing_had_happened(name: str) -> None:
    make, inputs = CASES[name]
    unharmed = run(make, inputs, lambda number: False)
    assert unharmed, "the case says nothing"
    assert run(make, inputs, lambda number: True) == unharmed
    for crash in range(len(inputs) + 1):
        assert run(make, inputs, lambda number, crash=crash: number == crash) == unharmed  # type: ignore[misc]
