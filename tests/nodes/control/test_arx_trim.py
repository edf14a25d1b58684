"""control/arx-trim: better than the best fixed PID with no test of the process, and never outside its bounds."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from flowengine import Message, Routed
from flowengine_nodes.control.arx_correction import ArxCorrection, stable
from flowengine_nodes.control.arx_trim import ArxTrim
from tests.nodes.control.oven_shift import SETPOINT, fixed_pid
from tests.nodes.control.trim_bench import EPISODES, Bench, after_a_shift_in_shadow, held_through_faults

SEEDS = range(20 if EPISODES else 2)


def trim(**options: Any) -> ArxTrim:
    chosen: dict[str, Any] = {"dead_time": 2.0, "setpoint": SETPOINT, "authority": 60.0, "setpoint_authority": 8.0}
    return ArxTrim(disturbances=["door", "product"], **{**chosen, **options})


def test_after_a_shift_in_shadow_the_oven_is_held_better_than_by_the_best_fixed_pid_and_it_says_what_it_saved() -> None:
    plain = better = 0.0
    for seed in SEEDS:
        node = trim()
        better += after_a_shift_in_shadow(node, seed)
        plain += fixed_pid(seed)
        assert node._watch.savings()["saved"] is not None  # against another shift: no two are alike
    print(f"{1 - better / plain:.1%} better")
    assert better <= 0.75 * plain, f"{1 - better / plain:.1%} better"


def test_no_fault_leads_it_out_of_its_bounds_and_each_leads_back_to_the_plain_pid_within_a_scan() -> None:
    held_through_faults(ArxTrim, int(EPISODES or 300))


def test_its_parameters_are_those_of_weighted_least_squares() -> None:
    dice = np.random.default_rng(7)
    model = ArxCorrection(1, 2, 3, 0.995, raises=True)
    u, d = dice.normal(size=400), dice.integers(0, 2, size=400).astype(float)
    y = np.zeros(400)
    for t in range(2, 400):
        y[t] = (
            1.2 * y[t - 1] - 0.3 * y[t - 2] + (0.4 * u[t - 3] if t >= 3 else 0.0) - 0.8 * d[t] + 2 + dice.normal() / 9
        )
    for t in range(400):
        model.learn(float(y[t]), float(u[t]), [float(d[t])])
    rows = np.column_stack([y[2:-1], y[1:-2], u[:-3], d[3:], np.ones(397)])
    weights = 0.995 ** np.arange(396, -1, -1)
    begun = np.eye(5) * 0.995**397 / 1e3
    expected = np.linalg.solve((rows.T * weights) @ rows + begun, (rows.T * weights) @ y[3:])
    assert model.squares.theta == pytest.approx(expected.tolist(), rel=1e-8)
    assert model.effects() == [pytest.approx(-0.8, abs=0.05)]
    assert model.effect() == pytest.approx(0.4, abs=0.03)


def test_a_correction_leads_what_a_disturbance_did_back_to_nothing_one_dead_time_later() -> None:
    model = ArxCorrection(1, 1, 2, 1.0, raises=True)
    model.squares.theta = [0.9, 0.5, -2.0, 0.0]
    model.squares.p = [[0.0] * 4 for _ in range(4)]  # all is known
    away = []
    for _ in range(8):
        model.compensate([1.0], -100, 100)
        away.append(model.expected)
    assert away == pytest.approx([-2.0, -3.8, 0, 0, 0, 0, 0, 0])


def test_as_long_as_it_says_that_the_output_works_the_other_way_round_it_corrects_nothing() -> None:
    bench = Bench(ArxTrim, 4, effect="lowers")
    for _ in range(400):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    assert bench.node._now == "automatic"
    assert {bench.scan()[0] for _ in range(50)} == {0.0}
    assert bench.node._model.figures()["b"] == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_whether_a_model_dies_away_is_what_its_roots_say(seed: int) -> None:
    dice = random.Random(seed)
    a = [dice.uniform(-1.5, 1.5) for _ in range(dice.randrange(1, 5))]
    largest = max(abs(np.roots([1.0, *[-one for one in a]])))
    assert stable(a) == (largest < 1.001)


def test_it_leaves_when_the_control_is_worse_than_the_plain_pid() -> None:
    bench = Bench(ArxTrim, 3)
    for _ in range(400):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    bench.node._watch.plain = 1e-3
    for _ in range(200):
        bench.scan()
    assert bench.node._now == "shadow"
    assert bench.node._sent == [0.0, 50.0]


def test_after_a_restart_it_knows_what_it_knew_and_with_another_dead_time_it_begins_anew() -> None:
    bench = Bench(ArxTrim, 7)
    for _ in range(300):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    kept = bench.node.state()
    again = Bench(ArxTrim, 7).node
    again.restore(kept)
    assert again._now == "shadow"
    assert again._model.effects() == bench.node._model.effects() != [0.0]
    other = ArxTrim(disturbances=["load"], dead_time=5)
    other.restore(kept)
    assert other._model.squares.weight == 0


def test_advice_and_report_say_what_it_would_do_and_what_it_learned() -> None:
    bench = Bench(ArxTrim, 5)
    for _ in range(400):
        bench.scan()
    node = bench.node
    node.on_mode(Message("advisory"))
    node.report_every = 0.5
    bench.load = 0.0
    bench.scan()
    node.on_disturbance(Message(1.0, topic="load", time=bench.time + 1))
    sent = node.process(Message(bench.y, time=bench.time + 1))
    found = {item.port: item.msg.payload for item in sent if isinstance(item, Routed)}
    assert found["report"]["advice"]["trim"] == pytest.approx(15, abs=5)
    b = found["report"]["b"]
    assert found["report"]["effects"]["load"] / b == pytest.approx(-16, rel=0.25)  # 16 units make up for a load
    assert "trim" not in found


def test_a_dead_time_of_too_many_scans_is_refused() -> None:
    with pytest.raises(ValueError, match="take a longer scan"):
        trim(dead_time=1e6)
