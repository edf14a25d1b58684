"""A linear model of a process with dead time (ARX), learned online.

y(t) = Σ aᵢ y(t − i) + Σ bₖⱼ uₖ(t − d − j) + c, with i = 1 … na, j = 1 … nb, d scans of dead time: what acts on the
process at one scan is first seen at the next. Ljung, System Identification (2nd edition, 1999), section 4.2 for the
model, 11.2 for recursive least squares with forgetting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowengine_nodes.control.least_squares import LeastSquares


class ArxEquation:
    """Learns a, b and c by `take`, once a scan; `ahead` says how it will go on."""

    def __init__(self, inputs: int, order: int, input_order: int, delay: int, forget: float) -> None:
        """Begin with nothing known.

        Args:
            inputs: how many uₖ.
            order: na.
            input_order: nb, of each input.
            delay: d, scans.
            forget: weight of the past at each scan, up to 1.
        """
        self.inputs, self.order, self.input_order, self.delay = inputs, order, input_order, delay
        self.squares = LeastSquares(order + inputs * input_order + 1, forget)
        self.past: list[float] = []
        """The last na measurements, the newest first."""
        self.acted: list[list[float]] = []
        """The inputs of the last d + nb scans, the newest first."""

    @property
    def ready(self) -> bool:
        """Whether it has seen enough scans in a row for an equation."""
        return len(self.past) == self.order and len(self.acted) == self.delay + self.input_order

    def take(self, measured: float, inputs: Sequence[float]) -> float | None:
        """Learn from a scan; returns by how much the measurement is above what was predicted. None: nothing was."""
        error = self.squares.update(self._row(self.past, self.acted), measured) if self.ready else None
        self.past = [measured, *self.past[: self.order - 1]]
        self.acted = [list(inputs), *self.acted[: self.delay + self.input_order - 1]]
        return error

    def ahead(self, scans: int) -> float | None:
        """Return the measurement so many scans from now, if inputs stay as they are. None: too few scans in a row."""
        if not self.ready:
            return None
        past, acted, theta = self.past, self.acted, self.squares.theta
        value = past[0]
        for _ in range(scans):
            value = sum([a * b for a, b in zip(theta, self._row(past, acted), strict=True)])
            past = [value, *past[:-1]]
            acted = [acted[0], *acted[:-1]]
        return value

    def interrupt(self) -> None:
        """Begin a new row of scans; what was learned stays."""
        self.past, self.acted = [], []

    def parts(self) -> tuple[list[float], list[list[float]], float]:
        """Return a, b of each input, and c."""
        theta, n, m = self.squares.theta, self.order, self.input_order
        return theta[:n], [theta[n + k * m : n + (k + 1) * m] for k in range(self.inputs)], theta[-1]

    def gains(self) -> list[float | None]:
        """Return by how much each input moves the measurement in the end, per unit. None: it integrates."""
        a, b, _ = self.parts()
        left = 1.0 - sum(a)
        return [sum(row) / left if abs(left) > 1e-9 else None for row in b]

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {"squares": self.squares.kept(), "past": self.past, "acted": self.acted}

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what `kept` returned."""
        self.squares.restore(kept["squares"])
        self.past, self.acted = kept["past"], kept["acted"]

    def _row(self, past: list[float], acted: list[list[float]]) -> list[float]:
        """Return what the parameters are multiplied by for the next scan."""
        reach = range(self.delay, self.delay + self.input_order)
        return [*past, *[acted[j][k] for k in range(self.inputs) for j in reach], 1.0]
