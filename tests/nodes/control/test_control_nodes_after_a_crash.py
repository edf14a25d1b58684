"""Control nodes that are stopped by force and built again from their state go on as if nothing had happened."""

from __future__ import annotations

import pytest

from flowengine import Message
from flowengine_nodes import BangBang, LeadLag, Ratio, SmithPredictor, StateMachine
from flowengine_nodes.control.state_machine import Condition, Transition
from tests.nodes.crashing import Make, goes_on_as_if_nothing_had_happened, readings

STATES = [Condition(name="low"), Condition(name="high"), Condition(name="late")]
WAYS = [
    Transition(from_="low", to="high", when="payload > 6"),
    Transition(from_="high", to="late", after=1.1),
    Transition(from_="late", to="low", when="payload < 3", after=0.5),
]

CASES: dict[str, tuple[Make, list[Message]]] = {
    "lead-lag": (lambda: LeadLag(lead=3, lag=1, dead_time=1.5), readings()),
    "smith predictor": (lambda: SmithPredictor(gain=2, time_constant=3, dead_time=2), readings()),
    "ratio": (lambda: Ratio(ratio=2), readings()),
    "bang-bang": (lambda: BangBang(setpoint=5, minimum_on=2, minimum_off=1), readings()),
    "state machine": (lambda: StateMachine(states=STATES, transitions=WAYS), readings()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_node_goes_on_as_if_nothing_had_happened(name: str) -> None:
    goes_on_as_if_nothing_had_happened(*CASES[name])
