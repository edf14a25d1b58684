"""control/learned-trim: better than the best fixed PID on the demo's oven, and never outside its bounds."""

from __future__ import annotations

import os
import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from flowengine import BadData, Message, Routed
from flowengine_nodes.control.learned_trim import LearnedTrim
from flowengine_nodes.control.least_squares import LeastSquares
from flowengine_nodes.control.pid import PidController
from tests.nodes.control.oven_shift import BEST_PID, SETPOINT, START, fixed_pid, trimmed

ALL = "FLOWENGINE_EPISODES" in os.environ
"""Whether to take the long way: 20 seeds, the grid, 10,000 episodes."""

SEEDS = range(20 if ALL else 5)
EPISODES = int(os.environ.get("FLOWENGINE_EPISODES", "1000"))


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
        trimmed(seed + 1000, node)  # in shadow
        assert str(node._now) == "shadow"
        node.on_mode(Message("automatic"))
        assert str(node._now) == "automatic"
        largest = [0.0, 0.0]

        def watch(scan: int, by: float, move: float, largest: list[float] = largest) -> None:
            largest[:] = max(largest[0], abs(by)), max(largest[1], abs(move))

        better += trimmed(seed, node, watch)
        plain += fixed_pid(seed)
        assert str(node._now) == "automatic", "it left without a fault"
        assert largest[0] <= 60
        assert largest[1] <= 8
    assert better <= 0.7 * plain, f"{1 - better / plain:.1%} better"


def test_it_learns_what_door_and_product_do() -> None:
    node = trim()
    trimmed(1, node)
    door, kelvin = node._model.effects()
    assert door == pytest.approx(-15 * 160 / 1000, rel=0.2)  # W/K times K, by the heat capacity: K/s
    assert kelvin == pytest.approx(10 / 1000, rel=0.35)  # the heater is weaker at the end


@pytest.mark.skipif(not ALL, reason="a grid over 20 shifts takes minutes: FLOWENGINE_EPISODES=10000")
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


# --- faults ---

FAULTS = ("bad", "uncertain", "text", "nan", "gap", "late", "disturbance bad", "no output", "gone astray", "by hand")


class Bench:
    """A small process with dead time, its controller and its trim, in automatic, quick to simulate."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.node = LearnedTrim(
            disturbances=["load"], slope=0.05, dead_time=2, time_constant=40, setpoint=50, authority=15,
            setpoint_authority=2, cost_window=60, report_every=1e9,
        )  # fmt: skip
        self.pid = PidController(setpoint=50, kp=3, ti=20, longest_gap=10)
        self.y, self.load, self.effect = 50.0, 0.0, -0.8
        self.way, self.time, self.output = [25.0] * 3, START, 25.0
        self.pid._pid.track(25.0, 50.0, 50.0)
        self.deaf = False
        self.node.on_output(Message(25.0, time=START - 1))

    def scan(self, reading: Message | None = None) -> tuple[float, float]:
        """One second; returns the trim and the move of the setpoint that apply now."""
        self.time += 1
        if self.dice.random() < 0.06:
            self.load = 1.0 - self.load
        node, time = self.node, self.time
        if not self.deaf:
            node.on_disturbance(Message(self.load, topic="load", time=time))
        msg = reading or Message(self.y + self.dice.gauss(0, 0.05), time=time)
        for item in node.process(msg):
            if isinstance(item, Message):
                sent = self.pid.process(item)
                assert isinstance(sent, Message)
                self.output = sent.payload
            elif item.port == "trim":
                self.pid.on_feedforward(item.msg)
            elif item.port == "setpoint":
                self.pid.on_setpoint(item.msg)
        node.on_output(Message(self.output, time=max(time, msg.time)))
        self.way.append(self.output)
        self.y += 0.05 * self.way.pop(0) - (self.y - 0.0) / 40 + self.effect * self.load
        assert abs(node._sent[0]) <= 15
        assert abs(node._sent[1] - node._target) <= 2
        assert self.pid._feedforward == node._sent[0]
        assert self.pid._target == node._sent[1]
        return node._sent[0], node._sent[1] - node._target

    def fault(self, kind: str) -> None:
        """Something goes wrong, and a scan follows."""
        value = self.y
        readings = {
            "bad": Message(value, quality="bad"),
            "uncertain": Message(value, quality="uncertain"),
            "text": Message("open circuit"),
            "nan": Message(float("nan")),
        }
        if kind in readings:
            self.scan(readings[kind].replace(time=self.time + 1))
        elif kind == "gap":
            self.time += 20
            self.scan()
        elif kind == "late":
            self.scan(Message(value, time=self.time - 5))
        elif kind == "disturbance bad":
            self.node.on_disturbance(Message(None, topic="load", quality="bad", time=self.time))
            self.deaf = True
            self.scan()
            self.deaf = False
        elif kind == "no output":
            self.node._output[1] = self.time - 60
            self.scan()
        elif kind == "by hand":
            self.node_left(self.node.on_mode(Message("shadow")))
            self.node_left(self.node.on_mode(Message("off")))
            self.scan()

    def node_left(self, sent: list[Routed]) -> None:
        for item in sent:
            if item.port == "trim":
                self.pid.on_feedforward(item.msg)
            elif item.port == "setpoint":
                self.pid.on_setpoint(item.msg)


def test_no_fault_leads_it_out_of_its_bounds_and_each_leads_back_to_the_plain_pid_within_a_scan() -> None:
    learned = Bench(0)
    for _ in range(400):
        learned.scan()
    kept = learned.node.state()
    acted = 0
    for episode in range(EPISODES):
        bench = Bench(episode)
        bench.node.restore(kept)
        bench.node._output = [25.0, bench.time]
        bench.scan()
        bench.node.on_mode(Message("automatic"))
        assert str(bench.node._now) == "automatic"
        largest = max(abs(bench.scan()[0]) for _ in range(bench.dice.randrange(8, 40)))
        acted += largest > 1
        kind = FAULTS[episode % len(FAULTS)]
        if bench.node._now != "automatic":
            continue
        before, trimmed_now = bench.output, bench.node._sent != [0.0, 50.0]
        if kind == "gone astray":
            bench.effect = 6.0  # the process is not what it was
            bench.load = 1.0
            scans = 0
            while bench.node._now == "automatic" and scans < 200:
                bench.scan()
                scans += 1
        else:
            bench.fault(kind)
            if kind != "by hand" and trimmed_now:
                assert bench.output == pytest.approx(before), f"{kind}: a bump"
        assert bench.node._now in ("shadow", "off"), kind
        assert bench.node._sent == [0.0, 50.0], kind
        for _ in range(5):
            assert bench.scan() == (0.0, 0.0)
    assert acted > EPISODES / 2


def test_it_leaves_when_the_control_is_worse_than_the_plain_pid() -> None:
    bench = Bench(3)
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


def ports(node: LearnedTrim, msg: Message) -> dict[str, Any]:
    return {item.port: item.msg.payload for item in node.process(msg) if isinstance(item, Routed)}


def test_advice_says_what_it_would_do_and_does_nothing() -> None:
    bench = Bench(5)
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
    bench = Bench(6)
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
    bench = Bench(7)
    for _ in range(300):
        bench.scan()
    bench.node.on_mode(Message("automatic"))
    again = Bench(7).node
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
