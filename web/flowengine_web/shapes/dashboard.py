"""The operators' pages."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine_web.shapes.base import Revision, Shape
from flowengine_web.shapes.running import Place


class Widget(Shape):
    """A node that an operator's page shows."""

    flow: str
    node: str
    widget: str
    """value, gauge, chart, lamp, button, slider, switch, number, text, table, alarms."""
    title: str
    options: dict[str, Any]
    shown: Any = None
    """What it shows now; its form belongs to the kind of widget."""
    stale: bool = False


class Spot(Shape):
    """Where a widget stands on a page: a grid of 12 columns, rows of 48 px."""

    flow: str
    node: str
    x: Annotated[int, Meta(ge=0, le=11)]
    y: Annotated[int, Meta(ge=0, le=10_000)]
    w: Annotated[int, Meta(ge=1, le=12)]
    h: Annotated[int, Meta(ge=1, le=100)]


class Page(Shape):
    """One page for operators."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    spots: Annotated[list[Spot], Meta(max_length=1000)]


class Dashboard(Shape):
    """The pages (dashboard.json) and every widget there is."""

    revision: Revision
    pages: list[Page]
    hidden: list[Place]
    """Widgets that someone took off the pages: they are not placed by themselves again."""
    widgets: list[Widget]


class DashboardPages(Shape):
    """Pages to be kept in dashboard.json."""

    base: Revision
    pages: Annotated[list[Page], Meta(max_length=100)]
    hidden: Annotated[list[Place], Meta(max_length=10_000)] = []


class Operation(Shape):
    """What an operator did to a widget: pressed, moved, switched, entered."""

    flow: str
    node: str
    value: Any = None
