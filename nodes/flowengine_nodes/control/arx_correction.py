"""A linear model of a process with dead time (ARX), learned online, and the output that makes up for disturbances.

y(t) = Σ aᵢ y(t − i) + b u(t − d) + Σ cₖ dₖ(t) + c₀, with u and dₖ as they were from one scan to the next and d scans of
dead time (Ljung, System Identification, 2nd edition, 1999, section 4.2). All parameters come from recursive least
squares: nothing of the process has to be known but its dead time, and whether the output raises the measurement.

What makes up for the disturbances is found on the model alone, as in `disturbance_model`: it predicts what disturbances
and corrections will have done when a correction of now arrives, and chooses the one that leads that back to 0 in one
scan (Åström & Wittenmark, Adaptive Control, 2nd edition, 1995, section 4.2, minimum variance with dead time).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowengine_nodes.control.disturbance_model import CERTAIN
from flowengine_nodes.control.least_squares import LeastSquares

GROWTH = 1.001
"""By how much the model may grow by itself in a scan and still be believed: an integrator is not known exactly."""


class ArxCorrection:
    """Learns by `learn`, makes up for disturbances by `compensate`; both once a scan."""

    def __init__(self, count: int, order: int, delay: int, forget: float, raises: bool) -> None:
        """Begin with nothing known.

        Args:
            count: how many disturbances.
            order: how many past measurements are in the model.
            delay: dead time, in scans.
            forget: weight of the past at each scan, up to 1.
            raises: whether more output raises the measurement.
        """
        self.order, self.delay, self.sign = order, delay, 1.0 if raises else -1.0
        self.squares = LeastSquares(order + 1 + count + 1, forget)
        self.past: list[float] = []
        """The last measurements, the newest first."""
        self.outputs: list[float] = []
        """Outputs on their way."""
        self.corrections: list[float] = []
        """Corrections on their way."""
        self.away: list[float] = []
        """By how much the last measurements were off because of disturbances, the newest first."""
        self.expected = 0.0
        self.rest()

    def learn(self, measured: float, output: float, disturbances: Sequence[float]) -> float:
        """Learn from a scan; returns by how much the measurement is above what was expected of it.

        Args:
            measured: the measurement less the setpoint.
            output: what was applied since the scan before.
            disturbances: as they are now.
        """
        self.outputs.append(output)
        error = 0.0
        if len(self.outputs) > self.delay:
            arriving = self.outputs.pop(0)
            if len(self.past) == self.order:
                error = self.squares.update([*self.past, arriving, *disturbances, 1.0], measured)
        self.past = [measured, *self.past[: self.order - 1]]
        return error

    def effects(self) -> list[float]:
        """Return by how much a unit of each disturbance moves the measurement in a scan; 0 if that is not certain."""
        return [self._certain(self.order + 1 + index) for index in range(len(self.squares.theta) - self.order - 2)]

    def effect(self) -> float:
        """Return by how much a unit of output moves the measurement in a scan; 0 if that is not certain or possible."""
        found = self._certain(self.order)
        return found if found * self.sign > 0 and stable(self.squares.theta[: self.order]) else 0.0

    def compensate(self, disturbances: Sequence[float], low: float, high: float) -> float:
        """Return the correction of the output, inside its bounds, and let the model go on by a scan.

        Args:
            disturbances: by how much each is away from what the controller makes up for already.
            low: least correction.
            high: greatest correction.
        """
        effect = self.effect()
        if effect == 0.0:
            self.rest()
            return 0.0
        push = sum([c * d for c, d in zip(self.effects(), disturbances, strict=True)])
        ahead = self.away
        for correction in self.corrections:
            ahead = self._step(ahead, effect * correction + push)
        free = self._step(ahead, push)[0]
        wanted = min(max(-free / effect, low), high)
        self.corrections.append(wanted)
        self.away = self._step(self.away, effect * self.corrections.pop(0) + push)
        self.expected = self.away[0]
        return wanted

    def figures(self) -> dict[str, Any]:
        """Return the parameters of the process itself."""
        return {"a": self.squares.theta[: self.order], "b": self.effect()}

    def rest(self) -> None:
        """Forget what is on its way: nothing is being corrected."""
        self.corrections = [0.0] * self.delay
        self.away = [0.0] * self.order
        self.expected = 0.0

    def interrupt(self) -> None:
        """A scan is missing: begin a new row of scans; what was learned stays."""
        self.past, self.outputs = [], []

    def _certain(self, index: int) -> float:
        value = self.squares.theta[index]
        return value if abs(value) > CERTAIN * self.squares.deviation(index) else 0.0

    def _step(self, past: list[float], pushed: float) -> list[float]:
        value = pushed + sum([a * y for a, y in zip(self.squares.theta, past, strict=False)])
        return [value, *past[:-1]]


def stable(a: Sequence[float]) -> bool:
    """Say whether y(t) = Σ aᵢ y(t − i) dies away, or grows by less than `GROWTH` a scan.

    By the Schur-Cohn test (Åström & Wittenmark, Computer-Controlled Systems, 3rd edition, 1997, section 3.2).
    """
    row = [1.0, *[-value / GROWTH ** (index + 1) for index, value in enumerate(a)]]
    while len(row) > 1:
        last = row[-1] / row[0]
        if not math.isfinite(last) or abs(last) >= 1:
            return False
        row = [one - last * other for one, other in zip(row[:-1], row[:0:-1], strict=True)]
    return True
