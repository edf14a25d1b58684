"""What only the live stream carries, and what is said to it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine_web.shapes.base import Seconds, Shape


class Watching(Shape):
    """What one browser wants to hear of on its stream."""

    flows: Annotated[list[str], Meta(max_length=200)] = []
    debug: bool = False
    dashboard: bool = False
    editing: Annotated[list[str], Meta(max_length=200)] = []
    """Flows that someone has open to edit here: shown to others."""


class Hello(Shape):
    """The first event of a stream (`hello`)."""

    stream: str
    """Its id: PUT /api/streams/{id} says what to send."""
    at: Seconds
    version: str


class Lost(Shape):
    """This reader was too slow (event `lost`): what came in between is gone, whole frames follow."""

    turns: int
    """Tenths of a second whose events are gone."""
