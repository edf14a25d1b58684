"""The transform `dashboard/value`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine_nodes.dashboard.display import NewestDisplay
from flowengine_nodes.dashboard.zone import Zone, checked, zone_of


class ValueDisplay(NewestDisplay, type="dashboard/value"):
    """Show the newest value as a number or word on the operators' page.

    Takes any message, shows its payload with unit, quality and age, and passes the message on. `zones` say from where
    on a value is a warning or an alarm; only those are shown in colour.

    Example: title Temperature, decimals 1, zones [{"state": "alarm", "low": 230, "text": "too hot"}].
    """

    widget = "value"

    unit: Annotated[str, Meta(description="Unit; empty: that of the message (msg.unit)", max_length=20)] = ""
    decimals: Annotated[
        Annotated[int, Meta(ge=0, le=10)] | None, Meta(description="Digits after the point; empty: as many as fit")
    ] = None
    zones: Annotated[list[Zone], Meta(description="Ranges that mean something; the first that fits counts")] = []

    def __post_init__(self) -> None:
        super().__post_init__()
        checked(self.zones)

    def shown(self) -> Any:
        """Return value, unit, quality, time, state and text; None before the first message."""
        if self._newest is None:
            return None
        shown = super().shown()
        zone = zone_of(self.zones, self._newest.payload)
        return {
            **shown,
            "unit": self.unit or shown["unit"],
            "state": zone.state if zone else "normal",
            "text": zone.text if zone else "",
        }
