"""How much compressed air the works draw: a pure function of plant time."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AirDemand:
    """The works rest for `rest_s` seconds, then draw for `work_s`; what they draw swings slowly and in steps."""

    work_s: float = 150.0
    rest_s: float = 60.0
    least_m3_per_min: float = 2.0
    most_m3_per_min: float = 5.0
    """With the leaks less than three machines deliver, also through clogged filters: who warns means it."""
    swing_s: float = 400.0
    step_s: float = 25.0

    def working(self, at_s: float) -> bool:
        """Whether anybody draws air at this plant time."""
        return at_s % (self.work_s + self.rest_s) >= self.rest_s

    def at(self, at_s: float) -> float:
        """Free air drawn, m3/min."""
        if not self.working(at_s):
            return 0.0
        middle = (self.least_m3_per_min + self.most_m3_per_min) / 2
        half = (self.most_m3_per_min - self.least_m3_per_min) / 2
        slow = math.sin(2 * math.pi * at_s / self.swing_s)
        step = math.sin(2.4 * math.floor(at_s / self.step_s))  # a machine joins or leaves: irregular, and repeatable
        return middle + half * (0.6 * slow + 0.4 * step)
