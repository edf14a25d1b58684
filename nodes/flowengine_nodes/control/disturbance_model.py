"""What measured disturbances do to a process, learned while it runs, and the output that makes up for it.

The process is an integrator that leaks, with dead time, dy/dt = g · u(t − L) − y/T + Σ cᵢ dᵢ + c₀: its slope g, time
constant T and dead time L are known from a test; the effects cᵢ of the disturbances are learned. Both sides of the
equation are filtered by 1/(τs + 1), so that no noisy signal is differentiated (Åström & Wittenmark, Adaptive Control,
section 2.3), and the cᵢ come from recursive least squares.

What makes up for the disturbances is found on the model alone: it predicts where the measurement will be one dead time
from now because of disturbances and of what was done about them, and chooses the output that leads it back. No noise of
the measurement gets into that, and the loop of the controller is not touched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowengine_nodes.control.least_squares import LeastSquares

CERTAIN = 3.0
"""Standard deviations that an effect must be away from 0 to be used."""


class DisturbanceModel:
    """Learns effects by `learn`, makes up for them by `compensate`; both once a scan."""

    def __init__(
        self, count: int, slope: float, dead_time: float, time_constant: float | None, scan: float, forget: float
    ) -> None:
        """Begin with no effect known.

        Args:
            count: how many disturbances.
            slope: g, change of the measurement per second and unit of output.
            dead_time: L, seconds.
            time_constant: T, seconds; None: it does not leak.
            scan: seconds between two scans.
            forget: seconds after which what was learned weighs 1/e.
        """
        self.slope, self.leak, self.scan = slope, 0.0 if time_constant is None else 1 / time_constant, scan
        self.delay = max(0, round(dead_time / scan))
        self.keep = math.exp(-scan / max(3 * scan, dead_time))
        self.squares = LeastSquares(count + 1, math.exp(-scan / forget))
        self.outputs: list[float] = []
        """Outputs on their way."""
        self.filtered: list[float] = []
        """Measurement, output and disturbances behind the filter."""
        self.corrections: list[float] = [0.0] * self.delay
        """Corrections on their way."""
        self.expected = 0.0
        """By how much the measurement is off now, because of disturbances, as far as the model knows."""

    def learn(self, measured: float, output: float, disturbances: Sequence[float]) -> float:
        """Learn from a scan; returns the error of the model's equation, in units of the measurement per second.

        Args:
            measured: the measurement less the setpoint.
            output: what was applied since the scan before.
            disturbances: as they are now.
        """
        self.outputs.append(output)
        delayed = self.outputs.pop(0) if len(self.outputs) > self.delay else self.outputs[0]
        inputs = [measured, delayed, *disturbances]
        if not self.filtered:
            self.filtered = inputs
            return 0.0
        before, keep = self.filtered[0], self.keep
        self.filtered = [keep * old + (1 - keep) * new for old, new in zip(self.filtered, inputs, strict=True)]
        level, applied, *acting = self.filtered
        rise = (level - before) / self.scan - self.slope * applied + self.leak * level
        return self.squares.update([*acting, 1.0], rise)

    def effects(self) -> list[float]:
        """Return the effect of each disturbance, per second and unit; 0 for one that is not certain."""
        found = self.squares.theta[:-1]
        return [c if abs(c) > CERTAIN * self.squares.deviation(i) else 0.0 for i, c in enumerate(found)]

    def compensate(self, disturbances: Sequence[float], low: float, high: float) -> float:
        """Return the correction of the output, inside its bounds, and let the model go on by a scan.

        Args:
            disturbances: by how much each is away from what the controller makes up for already.
            low: least correction.
            high: greatest correction.
        """
        push = sum([c * d for c, d in zip(self.effects(), disturbances, strict=True)])
        ahead = self.expected
        for correction in self.corrections:
            ahead += self.scan * (self.slope * correction + push - self.leak * ahead)
        # Back within about one dead time more: faster would act on what the model does not know exactly.
        back = ahead / (self.scan * max(1, self.delay))
        wanted = min(max(-(push - self.leak * ahead + back) / self.slope, low), high)
        self.corrections.append(wanted)
        arriving = self.corrections.pop(0)
        self.expected += self.scan * (self.slope * arriving + push - self.leak * self.expected)
        return wanted

    def rest(self) -> None:
        """Forget what is on its way: nothing is being corrected."""
        self.corrections = [0.0] * self.delay
        self.expected = 0.0

    def figures(self) -> dict[str, Any]:
        """Return nothing: its slope and time constant are options."""
        return {}

    def interrupt(self) -> None:
        """A scan is missing: what was filtered is of no use for the next one."""
        self.filtered, self.outputs = [], []
