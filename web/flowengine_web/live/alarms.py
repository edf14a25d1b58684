"""The list of alarms as it goes over the API and the stream."""

from __future__ import annotations

import msgspec

from flowengine.service.alarms import AlarmDesk
from flowengine_web import shapes


def alarm_shapes(desk: AlarmDesk) -> shapes.Alarms:
    """Return what stands, and what was put aside; belongs on the engine's loop."""
    return msgspec.convert(desk.look(), shapes.Alarms, from_attributes=True)
