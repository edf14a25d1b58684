"""A process that is held to a share of the processor gets that, and a turn ten times a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from flowengine.clock import Clock
from flowengine.processes.throttle import LONGEST_STOP, Throttle
from flowengine.processes.vitals import used_by
from tests.fair import fairly
from tests.web.patience import until


class Machine:
    """A processor on which one process does as much as it may, in time that only this moves."""

    def __init__(self, appetite: float) -> None:
        self.now = self.used = 0.0
        self.stops: list[float] = []
        self._appetite, self._since = appetite, -1.0
        """How many cores it would use; since when it is stopped."""

    def send(self, process: int, number: int) -> None:
        if number == signal.SIGSTOP:
            self._since = self.now
        else:
            self.stops.append(self.now - self._since)
            self._since = -1.0

    def run(self, throttle: Throttle, seconds: float) -> float:
        """Let time pass; returns how many cores were used in it, as a mean."""
        until, used, begin = self.now + seconds, self.used, self.now
        while self.now < until:
            wait = throttle.wait(self.now)
            passed = min(until - self.now, 1.0 if wait is None else max(wait, 1e-4))
            self.used += 0.0 if self._since >= 0 else passed * self._appetite
            self.now += passed
            throttle.look(self.now)
        return (self.used - used) / (self.now - begin)


@pytest.mark.parametrize("cores", [0.1, 0.25, 0.9, 1.5])
@pytest.mark.parametrize("appetite", [1.0, 4.0])
def test_it_gets_its_share_and_never_waits_for_long(cores: float, appetite: float) -> None:
    machine = Machine(appetite)
    throttle = Throttle(lambda process: machine.used, machine.send)
    throttle.hold(1, cores, 0.0)
    machine.run(throttle, 3.0)  # what it had in its account is used up
    mean = machine.run(throttle, 30.0)
    assert mean == pytest.approx(min(cores, appetite), rel=0.15)
    assert max(machine.stops, default=0.0) <= LONGEST_STOP + 0.01
    assert throttle.stopped()[1] == pytest.approx(sum(machine.stops), abs=0.2)


def test_a_burst_within_a_second_passes_and_a_process_that_is_let_go_goes_on() -> None:
    machine = Machine(1.0)
    throttle = Throttle(lambda process: machine.used, machine.send)
    throttle.hold(1, 0.5, 0.0)
    assert machine.run(throttle, 0.8) == pytest.approx(1.0)
    assert machine.run(throttle, 2.0) < 0.7
    throttle.hold(1, 0.0, machine.now)
    assert machine.run(throttle, 2.0) == pytest.approx(1.0)
    assert throttle.wait(machine.now) is None


def test_one_that_is_gone_is_forgotten() -> None:
    throttle = Throttle()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    throttle.hold(process.pid, 0.5, 0.0)
    assert throttle.wait(0.0) is None


def test_a_real_process_is_held_and_goes_on_when_it_is_let_go() -> None:
    throttle, clock = Throttle(), Clock()

    def is_held() -> bool:
        throttle.look(clock.monotonic())
        return throttle.stopped()[process.pid] >= 4 * LONGEST_STOP  # it was stopped several times

    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            throttle.hold(process.pid, 0.001, clock.monotonic())
            until(is_held)
            throttle.hold(process.pid, 0.0, clock.monotonic())
            used = used_by(process.pid)
            until(lambda: used_by(process.pid) > used + 0.1)
        finally:
            os.kill(process.pid, signal.SIGKILL)


@pytest.mark.timed
def test_a_real_process_gets_no_more_than_its_share() -> None:
    fairly(lambda number: hold_a_real_process())


def hold_a_real_process() -> None:
    throttle, clock = Throttle(), Clock().monotonic
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            throttle.hold(process.pid, 0.1, clock())
            before, begin = used_by(process.pid), clock()
            while throttle.stopped()[process.pid] < 0.4 and clock() < begin + 30:
                time.sleep(throttle.wait(clock()) or 0)
                throttle.look(clock())
            used, passed = used_by(process.pid) - before, clock() - begin
            assert throttle.stopped()[process.pid] >= 0.4
        finally:
            os.kill(process.pid, signal.SIGKILL)
    assert used < 0.1 + 0.1 * passed + 0.15  # what it had, what came, and what the machine makes of it
