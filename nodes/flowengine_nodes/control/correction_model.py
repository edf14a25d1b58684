"""What a learned correction needs of its model: it learns, and says what makes up for disturbances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from flowengine_nodes.control.least_squares import LeastSquares


class CorrectionModel(Protocol):
    """What learns a process once a scan, and says which output makes up for what disturbs it."""

    squares: LeastSquares
    expected: float
    """By how much the measurement is off now, because of disturbances, as far as the model knows."""

    def learn(self, measured: float, output: float, disturbances: Sequence[float]) -> float:
        """Learn from a scan; returns the error of the model's equation."""

    def compensate(self, disturbances: Sequence[float], low: float, high: float) -> float:
        """Return the correction of the output, inside its bounds."""

    def effects(self) -> list[float]:
        """Return the effect of each disturbance; 0 for one that is not certain."""

    def figures(self) -> dict[str, Any]:
        """Return what else a report tells of it."""

    def rest(self) -> None:
        """Forget what is on its way: nothing is being corrected."""

    def interrupt(self) -> None:
        """A scan is missing: the next one is no neighbour of the last."""
