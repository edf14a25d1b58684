"""The transform `dashboard/gauge`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine_nodes.dashboard.value import ValueDisplay


class Gauge(ValueDisplay, type="dashboard/gauge"):
    """Show the newest number on a scale on the operators' page.

    The scale goes from `low` to `high`; `zones` mark on it where a value is a warning or an alarm. A value beyond the
    scale is shown as its number at the end of the scale. Messages are passed on as they are.

    Example: low 0, high 300, unit degC, zones [{"state": "alarm", "low": 230}].
    """

    widget = "gauge"

    low: Annotated[float, Meta(description="Begin of the scale")] = 0.0
    high: Annotated[float, Meta(description="End of the scale")] = 100.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} must be below high {self.high:g}")
