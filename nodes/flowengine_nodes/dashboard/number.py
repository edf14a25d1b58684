"""The source `dashboard/number`."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

from flowengine_nodes.dashboard.number_control import NumberControl


class NumberInput(NumberControl, type="dashboard/number"):
    """Send a number that an operator enters on the operators' page.

    Numbers beyond `low` and `high` are refused, here and by the page.

    Example: title "Pieces of this order", low 1, decimals 0.
    """

    widget = "number"

    low: Annotated[float | None, Meta(description="Least value; empty: none")] = None
    high: Annotated[float | None, Meta(description="Greatest value; empty: none")] = None

    def __post_init__(self) -> None:
        low, high = self.limits()
        if low >= high:
            raise ValueError(f"low {low:g} must be below high {high:g}")

    def limits(self) -> tuple[float, float]:
        """Return the limits, infinite where none is given."""
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
