"""A small process under a PID controller with a learned correction, and everything that may go wrong with it."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from flowengine import Message, Routed
from flowengine_nodes.control.learned_correction import LearnedCorrection
from flowengine_nodes.control.pid import PidController
from tests.nodes.control.oven_shift import START, trimmed

EPISODES = os.environ.get("FLOWENGINE_EPISODES", "")
"""How many episodes, and the long way in all: 20 seeds, the grid; empty: the short way."""

FAULTS = ("bad", "uncertain", "text", "nan", "gap", "late", "disturbance bad", "no output", "gone astray", "by hand")


class Bench:
    """A small process with dead time, its controller and its correction, quick to simulate."""

    def __init__(self, kind: type[LearnedCorrection], seed: int, **options: Any) -> None:
        self.dice = random.Random(seed)
        chosen = {"setpoint": 50.0, "authority": 15.0, "setpoint_authority": 2.0, "cost_window": 60.0, **options}
        self._kind, self._options = kind, {"disturbances": ["load"], "dead_time": 2, "report_every": 1e9, **chosen}
        self.node, self.pid = self._made()
        self.y, self.load, self.effect = 50.0, 0.0, -0.8
        self.way, self.time, self.output = [25.0] * 3, START, 25.0
        self.pid._pid.track(25.0, 50.0, 50.0)
        self.deaf = False
        self.node.on_output(Message(25.0, time=START - 1))

    def _made(self) -> tuple[LearnedCorrection, PidController]:
        return self._kind(**self._options), PidController(setpoint=50, kp=3, ti=20, longest_gap=10)

    def restarted(self, kept: dict[str, Any]) -> None:
        """Correction and controller begin anew with what they remember."""
        controller = self.pid.state()
        self.node, self.pid = self._made()
        self.node.restore(kept)
        self.pid.restore(controller)

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


def after_a_shift_in_shadow(node: LearnedCorrection, seed: int) -> float:
    """Return the error of a shift at the oven, held inside 60 % and 8 K after another shift in shadow."""
    trimmed(seed + 1000, node)
    assert node._now == "shadow"
    node.on_mode(Message("automatic"))
    assert str(node._now) == "automatic"
    largest = [0.0, 0.0]

    def watch(scan: int, by: float, move: float) -> None:
        largest[:] = max(largest[0], abs(by)), max(largest[1], abs(move))

    error = trimmed(seed, node, watch)
    assert str(node._now) == "automatic", "it left without a fault"
    assert largest[0] <= 60
    assert largest[1] <= 8
    return error


def held_through_faults(kind: type[LearnedCorrection], episodes: int, **options: Any) -> None:
    """Inject a fault in each episode: nothing leaves its bounds, and the plain PID is back within a scan."""
    learned = Bench(kind, 0, **options)
    for _ in range(400):
        learned.scan()
    kept = learned.node.state()
    acted = 0
    for episode in range(episodes):
        bench = Bench(kind, episode, **options)
        bench.node.restore(kept)
        bench.node._output = [25.0, bench.time]
        bench.scan()
        bench.node.on_mode(Message("automatic"))
        assert str(bench.node._now) == "automatic"
        largest = max(abs(bench.scan()[0]) for _ in range(bench.dice.randrange(8, 40)))
        acted += largest > 1
        fault = FAULTS[episode % len(FAULTS)]
        if bench.node._now != "automatic":
            continue
        before, trimmed_now = bench.output, bench.node._sent != [0.0, 50.0]
        if fault == "gone astray":
            bench.effect = 6.0  # the process is not what it was
            bench.load = 1.0
            scans = 0
            while bench.node._now == "automatic" and scans < 200:
                bench.scan()
                scans += 1
        else:
            bench.fault(fault)
            if fault != "by hand" and trimmed_now:
                assert bench.output == pytest.approx(before), f"{fault}: a bump"
        assert bench.node._now in ("shadow", "off"), fault
        assert bench.node._sent == [0.0, 50.0], fault
        for _ in range(5):
            assert bench.scan() == (0.0, 0.0)
    assert acted > episodes / 2
