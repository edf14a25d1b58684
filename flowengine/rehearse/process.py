"""Simulated processes that close a loop in a test: first order with dead time, and integrating.

Between changes of the input both have an exact solution, so the result does not depend on how often they are read::

    first order   T dy/dt = a + K u - y     y(t + d) = y' + (y(t) - y') exp(-d / T),  y' = a + K u
    integrating     dy/dt = K u             y(t + d) = y(t) + K u d

Source: Astrom and Hagglund, PID Controllers, 1995, chapter 2 (the three-parameter model, and processes with
integration).
"""

from __future__ import annotations

import heapq
import math
from typing import Final

from msgspec import UNSET

from flowengine.rehearse.shape import Plant

INPUT: Final = "input"
LOAD: Final = "load"
SHIFT: Final = "shift"


class Process:
    """One simulated process; times are seconds from the start of the test and never go back."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.output = plant.ambient if plant.start is UNSET else plant.start
        self._time = 0.0
        self._input = 0.0
        self._load = 0.0
        self._changes: list[tuple[float, int, str, float]] = []
        """(when, number, what, value), the earliest first."""
        self._number = 0
        for disturbance in plant.disturb:
            self._change(disturbance.at, LOAD, disturbance.load)
            self._change(disturbance.at, SHIFT, disturbance.shift)

    def drive(self, time: float, value: float) -> None:
        """Set the input at a time; it shows after the dead time."""
        self._change(time + self.plant.dead_time, INPUT, value)

    def read(self, time: float) -> float:
        """Let the process run to a time and return its output there."""
        while self._changes and self._changes[0][0] <= time:
            when, _, what, value = heapq.heappop(self._changes)
            self._run_to(when)
            if what is INPUT:
                self._input = value
            elif what is LOAD:
                self._load += value
            else:
                self.output += value
        self._run_to(time)
        return self.output

    def _change(self, when: float, what: str, value: float) -> None:
        self._number += 1
        heapq.heappush(self._changes, (when, self._number, what, value))

    def _run_to(self, time: float) -> None:
        passed = time - self._time
        if passed <= 0.0:
            return
        self._time = time
        plant, drive = self.plant, self._input + self._load
        if plant.kind == "integrating":
            self.output += plant.gain * drive * passed
            return
        assert plant.time_constant is not UNSET  # `sense` sees to it
        end = plant.ambient + plant.gain * drive
        self.output = end + (self.output - end) * math.exp(-passed / plant.time_constant)
