"""control/learned-trim: better than the best fixed PID on the demo's oven, and never outside its bounds."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from flowengine import BadData, Message, Routed
from flowengine_nodes.control.learned_correction import LearnedCorrection
from flowengine_nodes.control.learned_trim import LearnedTrim
from flowengine_nodes.control.least_squares import LeastSquares
from tests.nodes.control.oven_shift import BEST_PID, SETPOINT, fixed_pid, trimmed
from tests.nodes.control.trim_bench import EPISODES, Bench, after_a_shift_in_shadow, held_through_faults

SEEDS = range(20 if EPISODES else 5)


def trim(**options: Any) -> LearnedTrim:
    return LearnedTrim(
        **{
            "disturbances": ["door", "product"],
            "slope": 0.055,
            "dead_time": 2.0,
            "time_constant": 45.0,
            "setpoint": SETPOINT,
            "authority": 60.0,
            "setpoint_authority": 8.0,
            **options,
        }
    )


def test_after_a_shift_in_shadow_the_oven_is_held_30_percent_better_than_by_the_best_fixed_pid() -> None:
    plain = better = 0.0
    for seed in SEEDS:
        node = trim()
        better += after_a_shift_in_shadow(node, seed)
        plain += fixed_pid(seed)
    assert better <= 0.7 * plain, f"{1 - better / plain:.1%} better"


def test_it_learns_what_door_and_product_do() -> None:
    node = trim()
    trimmed(1, node)
    door, kelvin = node._model.effects()
    assert door == pytest.approx(-15 * 160 / 1000, rel=0.2)  # W/K times K, by the heat capacity: K/s
    assert kelvin == pytest.approx(10 / 1000, rel=0.35)  # the heater is weaker at the end


@pytest.mark.skipif(not EPISODES, reason="a grid over 20 shifts takes minutes: FLOWENGINE_EPISODES=10000")
def test_no_fixed_pid_is_better() -> None:
    found = {
        parameters: sum(fixed_pid(seed, parameters) for seed in range(20))
        for parameters in product((7.0, 8.0, 9.5, 11.0), (5.0, 6.5, 8.0, 10.0), (0.5, 1.0, 1.4, 1.8))
    }
    assert min(found.values()) >= 0.999 * found[BEST_PID]


def test_least_squares_are_those_of_numpy() -> None:
    dice = np.random.default_rng(3)
    x, y = dice.normal(size=(60, 3)), dice.normal(size=60)
    model = LeastSquares(3, forget=0.97, unknown=1e5)
    for row, value in zip(x, y, strict=True):
        model.update(row.tolist(), float(value))
    weights = 0.97 ** np.arange(59, -1, -1)
    expected = np.linalg.solve((x.T * weights) @ x, (x.T * weights) @ y)
    assert model.theta == pytest.approx(expected.tolist(), rel=1e-3, abs=1e-5)


def bench_of(seed: int) -> Bench:
    return Bench(LearnedTrim, seed, slope=0.05, time_constant=40)


def test_no_fault_leads_it_out_of_its_bounds_and_each_leads_back_to_the_plain_pid_within_a_scan() -> None:
    held_through_faults(LearnedTrim, int(EPISODES or 1000), slope=0.05, time_constant=40)


def test_it_leaves_when_the_control_is_worse_than_the_plain_pid() -> None:
    bench = bench_of(3)
    for _ in range(400):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    bench.node._watch.plain = 1e-3
    reports = []
    for _ in range(200):
        before = bench.node._now
        bench.scan()
        if before != bench.node._now:
            reports.append(bench.node._now)
            break
    assert reports == ["shadow"]
    assert bench.node._sent == [0.0, 50.0]


def test_what_it_saved_is_told_once_a_whole_window_was_measured_without_it_and_with_it() -> None:
    bench = bench_of(3)  # its window is 60 scans
    savings = bench.node._watch.savings
    bench.node._watch.worse = bench.node._watch.drift = 1e9
    for _ in range(40):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    for _ in range(100):
        bench.scan()
        assert savings()["saved"] is None  # 40 scans in shadow are too few to compare with, however long it acts
    bench.node_left(bench.node.on_mode(Message("shadow")))
    for _ in range(21):
        bench.scan()
    found = savings()
    assert found["saved"] == pytest.approx(1 - bench.node._watch.total / bench.node._watch.total_plain)


def test_until_then_the_node_says_that_it_is_being_measured() -> None:
    bench = bench_of(4)
    said: list[str] = []
    bench.node.status = lambda level, text="": said.append(text)  # type: ignore[method-assign]
    bench.node.report_every = 1
    for _ in range(100):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    for _ in range(60):
        bench.scan()
    assert said[-60:-1] == ["automatic, what it saves is being measured"] * 59
    assert said[-1].endswith("saved")


def ports(node: LearnedCorrection, msg: Message) -> dict[str, Any]:
    return {item.port: item.msg.payload for item in node.process(msg) if isinstance(item, Routed)}


def test_advice_says_what_it_would_do_and_does_nothing() -> None:
    bench = bench_of(5)
    for _ in range(400):
        bench.scan()
    node = bench.node
    node.on_mode(Message("advisory"))
    node.report_every = 0.5
    bench.load = 0.0
    bench.scan()
    node.on_disturbance(Message(1.0, topic="load", time=bench.time + 1))
    found = ports(node, Message(bench.y, time=bench.time + 1))
    assert found["report"]["advice"]["trim"] == pytest.approx(15, abs=5)
    assert "trim" not in found
    assert node._sent == [0.0, 50.0]


def test_it_comes_back_by_itself_when_all_has_been_well_for_long_enough() -> None:
    bench = bench_of(6)
    bench.node.return_after = 20
    for _ in range(100):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    bench.scan()
    bench.fault("bad")
    assert str(bench.node._now) == "shadow"
    for _ in range(15):
        bench.scan()
    assert str(bench.node._now) == "shadow"
    for _ in range(8):
        bench.scan()
    assert str(bench.node._now) == "automatic"


def test_after_a_restart_it_knows_what_it_knew_and_is_in_shadow_first() -> None:
    bench = bench_of(7)
    for _ in range(300):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    again = bench_of(7).node
    again.restore(bench.node.state())
    assert again._now == "shadow"
    assert again._model.effects() == bench.node._model.effects() != [0.0]


def test_what_is_not_known_is_refused() -> None:
    node = trim()
    with pytest.raises(BadData, match="none of the disturbances"):
        node.on_disturbance(Message(1, topic="wind"))
    with pytest.raises(BadData, match="mode 'auto' is not known"):
        node.on_mode(Message("auto"))
    with pytest.raises(ValueError, match="slope"):
        trim(slope=0.0)
