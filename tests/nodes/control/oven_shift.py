"""A shift at the demo's oven: door, cold product, a heater and walls that age; and a loop that holds it at 180 degrees.

The door loses 15 W/K here, as a hatch does: with the demo's 40 W/K it takes more heat than the heater has, and then no
controller can do anything.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from flowengine import Message
from flowengine_demo.plant.oven import Oven, OvenParameters
from flowengine_nodes.control.learned_correction import LearnedCorrection
from flowengine_nodes.control.pid import PidController
from flowengine_nodes.control.pid_algorithm import Pid

SETPOINT = 180.0
SCANS = 900
START = 1_767_225_600.0
BASE = OvenParameters(open_door_loss_w_per_k=15.0)
REST = BASE.loss_w_per_k * (SETPOINT - BASE.ambient_degc) / (BASE.heater_kw * 10)
"""Output that holds the setpoint, %."""

BEST_PID = (9.5, 8.0, 1.0)
"""kp, ti, td: the least mean error over seeds 0 to 19 of a grid; `test_no_fixed_pid_is_better` looks around it."""


class Shift:
    """The oven through one shift; `step` applies an output for one second."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.events: list[tuple[int, str, int, float]] = []
        at = 100 + dice.uniform(0, 40)
        while at < SCANS - 60:
            kind = dice.choice(["door", "load", "both"])
            self.events.append((round(at), kind, round(dice.uniform(6, 15)), dice.uniform(0.5, 1.0)))
            at += dice.uniform(60, 110)
        self.heater, self.walls = dice.uniform(0.7, 0.95), dice.uniform(1.1, 1.5)
        self.oven = Oven(BASE, seed)
        for name in ("chamber_degc", "product_degc", "_sensed_chamber", "_sensed_product"):
            setattr(self.oven, name, SETPOINT)
        self.oven.chamber_reading_degc = self.oven.product_reading_degc = SETPOINT
        self.oven.command_percent, self.oven._arriving_watts = REST, REST * BASE.heater_kw * 10
        self.scan = 0
        self.error = 0.0
        """Integral of the absolute error, kelvin seconds."""

    def step(self, output: float) -> None:
        oven, way = self.oven, self.scan / SCANS
        if self.scan % 10 == 0:
            oven.parameters = replace(
                BASE,
                heater_kw=BASE.heater_kw * (1 + (self.heater - 1) * way),
                loss_w_per_k=BASE.loss_w_per_k * (1 + (self.walls - 1) * way),
            )
        oven.door_open = any(kind != "load" and at <= self.scan < at + long for at, kind, long, _ in self.events)
        for at, kind, long, size in self.events:
            if kind != "door" and self.scan == at + long:
                oven.product_degc = SETPOINT - size * (SETPOINT - BASE.ambient_degc)
        oven.command_percent = output
        oven.step(1.0)
        self.scan += 1
        self.error += abs(oven._sensed_chamber - SETPOINT)


def fixed_pid(seed: int, parameters: tuple[float, float, float] = BEST_PID) -> float:
    """Return the error of a shift under a fixed PID controller."""
    shift, pid = Shift(seed), Pid(*parameters)
    pid.track(REST, SETPOINT, SETPOINT)
    for _ in range(SCANS):
        shift.step(pid.update(shift.oven.chamber_reading_degc, SETPOINT, 1.0))
    return shift.error


def trimmed(seed: int, node: LearnedCorrection, watch: Callable[[int, float, float], None] | None = None) -> float:
    """Return the error of a shift under a calmer PID controller with a learned correction, wired as in a flow."""
    shift = Shift(seed)
    pid = PidController(setpoint=SETPOINT, kp=8, ti=9, td=1, longest_gap=10)
    pid._pid.track(REST, SETPOINT, SETPOINT)
    start = START + 1000 * (seed + 1)
    node._output, node._time = [REST, start], None
    output = REST
    for scan in range(SCANS):
        time, oven = start + scan, shift.oven
        node.on_disturbance(Message(oven.door_open, topic="door", time=time))
        node.on_disturbance(Message(oven.product_reading_degc, topic="product", time=time))
        trim = move = 0.0
        for item in node.process(Message(oven.chamber_reading_degc, time=time)):
            if isinstance(item, Message):
                sent = pid.process(item)
                assert isinstance(sent, Message)
                output = sent.payload
            elif item.port == "trim":
                pid.on_feedforward(item.msg)
            elif item.port == "setpoint":
                pid.on_setpoint(item.msg)
        trim, move = node._sent[0], node._sent[1] - SETPOINT
        if watch is not None:
            watch(scan, trim, move)
        node.on_output(Message(output, time=time))
        shift.step(output)
    return shift.error
