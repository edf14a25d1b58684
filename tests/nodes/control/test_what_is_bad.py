"""What comes in bad quality to a port that sets or commands something is refused, and what was set before stays."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message, Transform
from flowengine.node import handlers
from flowengine_nodes import (
    Alarm,
    Autotune,
    BangBang,
    Limit,
    PidController,
    Program,
    Ratio,
    Sequence,
    SmithPredictor,
    StateDuration,
    StateMachine,
    Totalizer,
)
from flowengine_nodes.control.program import Segment
from flowengine_nodes.control.sequence import Step
from flowengine_nodes.control.state_machine import Condition, Transition

PID = PidController(setpoint=50, ti=10)
COMMANDS: list[tuple[Transform, str, Any]] = [
    *((PID, port, value) for port in ("setpoint", "feedforward", "manual", "track") for value in (5.0, None)),
    (PID, "mode", "manual"),
    (PID, "tune", {"kp": 9}),
    (Alarm(high=5), "suppress", True),
    (Autotune(), "start", 40),
    (BangBang(), "setpoint", 5.0),
    (Limit(high=5), "reset", True),
    (Program(segments=[Segment(to=5)], begin=0.0), "control", "start"),
    (Ratio(), "ratio", 5.0),
    (Sequence(steps=[Step(name="one")]), "command", "start"),
    (SmithPredictor(gain=1, time_constant=5, dead_time=5), "output", 5.0),
    (StateMachine(states=[Condition(name="a")], transitions=[Transition(to="a", after=1)]), "reset", None),
    (StateDuration(), "reset", None),
    (Totalizer(), "reset", 5.0),
]


@pytest.mark.parametrize(("node", "port", "value"), COMMANDS, ids=lambda part: getattr(part, "type", str(part)))
def test_a_bad_command_is_refused_and_changes_nothing(node: Transform, port: str, value: Any) -> None:
    before = node.state()
    with pytest.raises(BadData, match="of bad quality: what was set before stays"):
        handlers(node)[port](Message(value, quality="bad"))
    assert node.state() == before


def test_every_port_that_sets_or_commands_something_is_among_these() -> None:
    tried = {(type(node), port) for node, port, _ in COMMANDS}
    for cls in {type(node) for node, _, _ in COMMANDS}:
        others = {port.name for port in cls.inputs} - {"in"}
        left = others - {port for node, port in tried if node is cls}
        assert left <= {"stop"}, cls  # a test is stopped by whatever says so
