"""Ranges of a value that mean something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from flowengine import BadData
from flowengine_nodes.values.convert import number

State = Literal["normal", "active", "warning", "alarm", "off"]


class Zone(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A range of a value, and what it means to be in it."""

    state: Annotated[Literal["normal", "warning", "alarm"], Meta(description="What it means")]
    low: Annotated[float | None, Meta(description="From this value on; empty: no lower end")] = None
    high: Annotated[float | None, Meta(description="Up to this value; empty: no upper end")] = None
    text: Annotated[str, Meta(description="What the widget says then, such as too hot", max_length=60)] = ""


def checked(zones: Iterable[Zone]) -> None:
    """Raise ValueError if a zone is no range."""
    for i, zone in enumerate(zones):
        if zone.low is not None and zone.high is not None and zone.low >= zone.high:
            raise ValueError(f"zones[{i}]: low {zone.low:g} must be below high {zone.high:g}")


def zone_of(zones: Iterable[Zone], value: object) -> Zone | None:
    """Return the first zone that a value lies in; None: in none of them, or it is no number."""
    try:
        reading = number(value)
    except BadData:
        return None
    for zone in zones:
        if (zone.low is None or reading >= zone.low) and (zone.high is None or reading <= zone.high):
            return zone
    return None
