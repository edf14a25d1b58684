"""Times on the wall of a plant: its time zone, and the hours that the clocks skip in spring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name.

    Raises:
        ValueError: it is not known.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"time zone '{name}' is not known; expected a name such as Europe/Berlin") from error


def after_gap(wall: datetime, zone: tzinfo) -> datetime:
    """Return the wall time in the zone; one that the clocks skipped moves to the first minute after the gap.

    One that comes twice in autumn is the first of the two.
    """
    local = wall.replace(tzinfo=zone)
    while local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        local = (local.replace(tzinfo=None) + timedelta(minutes=1)).replace(tzinfo=zone)
    return local
