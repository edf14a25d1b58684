"""Controls for numbers: what both have in common."""

from __future__ import annotations

import math
from typing import Annotated, Any

from msgspec import Meta

from flowengine import BadData, Message
from flowengine_nodes.dashboard.control import Control
from flowengine_nodes.values.convert import is_number, shown


class NumberControl(Control):
    """Base of the controls that send numbers between limits."""

    unit: Annotated[str, Meta(description="Unit; sent as msg.unit", max_length=20)] = ""
    decimals: Annotated[
        Annotated[int, Meta(ge=0, le=10)] | None, Meta(description="Digits after the point; empty: as many as fit")
    ] = None

    def limits(self) -> tuple[float, float]:
        """Return the least and the greatest number that it sends."""
        raise NotImplementedError

    def payload(self, value: Any) -> float | int:
        """Return the number.

        Raises:
            BadData: it is none, or beyond the limits.
        """
        if not is_number(value) or not math.isfinite(value):
            raise BadData(f"{shown(value)} is not a number")
        low, high = self.limits()
        if not low <= value <= high:
            raise BadData(f"{value:g} is not between {low:g} and {high:g}")
        return value

    def message(self, payload: Any) -> Message:
        """Return the message, with the unit."""
        msg = super().message(payload)
        return msg.with_properties(unit=self.unit) if self.unit else msg
