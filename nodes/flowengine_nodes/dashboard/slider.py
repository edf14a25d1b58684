"""The source `dashboard/slider`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine_nodes.dashboard.number_control import NumberControl


class Slider(NumberControl, type="dashboard/slider"):
    """Send a number that an operator sets with a slider on the operators' page.

    Numbers beyond `low` and `high` are refused. These are limits of the page, not of the machine: put a values/range
    or control/limit behind it, as for a value from anywhere else.

    Example: low 20, high 250, step 5, unit degC, reads setpoint-now.
    """

    widget = "slider"

    low: Annotated[float, Meta(description="Least value")] = 0.0
    high: Annotated[float, Meta(description="Greatest value")] = 100.0
    step: Annotated[float, Meta(description="Step between two positions", gt=0)] = 1.0

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} must be below high {self.high:g}")
        if self.step > self.high - self.low:
            raise ValueError(f"step {self.step:g} is larger than the way from {self.low:g} to {self.high:g}")

    def limits(self) -> tuple[float, float]:
        """Return the ends of the slider."""
        return self.low, self.high
