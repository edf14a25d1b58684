"""control/smith-predictor: with the right model the loop behaves as if there were no dead time."""

from __future__ import annotations

import math

import pytest

from flowengine import Message
from flowengine_nodes.control.pid_algorithm import Pid
from flowengine_nodes.control.smith_predictor import SmithPredictor

K, T, L = 2.0, 60.0, 40


def loop(dead: int, node: SmithPredictor | None, seconds: int = 600) -> list[float]:
    pid, y, way, found = Pid(1.5, 60.0, low=-100, high=100), 0.0, [0.0] * dead, []
    if node is not None:
        node.on_output(Message(0))
    for n in range(seconds):
        seen = y
        if node is not None:
            seen = node.process(Message(y, time=1e9 + n)).payload
        u = pid.update(seen, 50.0, 0.0 if n == 0 else 1.0)
        if node is not None:
            node.on_output(Message(u))
        way.append(u)
        y = y * math.exp(-1 / T) + K * (1 - math.exp(-1 / T)) * way.pop(0)
        found.append(y)
    return found


def test_with_the_right_model_the_loop_is_that_without_dead_time_but_later() -> None:
    node = SmithPredictor(gain=K, time_constant=T, dead_time=float(L))
    assert loop(L, node)[L:] == pytest.approx(loop(0, None)[:-L], abs=1e-6)


def test_without_it_the_same_controller_swings() -> None:
    assert max(loop(L, None)) > 60
    assert max(loop(L, SmithPredictor(gain=K, time_constant=T, dead_time=float(L)))) < 50.5


def test_a_wrong_model_is_corrected_by_the_measurement() -> None:
    node = SmithPredictor(gain=K * 0.8, time_constant=T * 1.2, dead_time=L * 0.9)
    assert loop(L, node, 2000)[-1] == pytest.approx(50, abs=0.1)


def test_a_bad_reading_leaves_empty_and_the_model_runs_on() -> None:
    node = SmithPredictor(gain=1, time_constant=10, dead_time=5)
    node.process(Message(0.0, time=1e9))
    node.on_output(Message(10))
    node.process(Message(0.0, time=1e9))
    sent = node.process(Message(None, time=1e9 + 10, quality="bad"))
    assert (sent.payload, sent.quality) == (None, "bad")
    assert node.memory["model"] == 10.0  # at rest at the first output
