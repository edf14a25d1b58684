"""What historians have kept."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from flowengine_web.shapes.base import Seconds, Shape

Tag = Annotated[str, Meta(min_length=1, max_length=500, description="A name that values are kept under")]


class Archive(Shape):
    """A connection of a flow that keeps values over time."""

    name: str
    """As the flow calls it."""
    type: str
    tags: list[str] = []
    """Those that were asked for, sorted."""
    more: int = 0
    """How many more of them there are."""
    problem: str = ""
    """Why it cannot be read now."""


class Archives(Shape):
    """All archives of a flow."""

    archives: list[Archive]


class Series(Shape):
    """What is known of a tag in a span: columns of equal length, in order of time."""

    tag: str
    archive: str
    """Where it is from; empty: no archive of the flow has this tag."""
    interval: float
    """Seconds that each point sums up; 0: these are the values themselves."""
    t: list[Seconds]
    """Of a point that sums up: the begin of its interval."""
    v: list[float | None]
    """Of a point that sums up: the arithmetic mean; null: there is no number."""
    low: list[float | None]
    high: list[float | None]
    """Smallest and largest that a point sums up; where it does not, the value itself."""
    quality: list[int]
    """0 good, 1 uncertain, 2 bad."""


class ArchiveValues(Shape):
    """What is known of tags, in the order in which they were asked for."""

    series: list[Series]


class WhichTags(Shape):
    """Which tags to list."""

    search: str = ""
    """Those that have this text in them, however it is written."""
    most: Annotated[int, Meta(ge=0, le=10_000)] = 1000


class ArchiveQuestion(Shape):
    """What to look up."""

    tag: Annotated[list[Tag], Meta(min_length=1, max_length=100)] = []
    """May stand there more than once."""
    begin: Annotated[float | None, Meta(description="Seconds since 1970; missing: `span` before `to`")] = field(
        default=None, name="from"
    )
    end: Annotated[float | None, Meta(description="Seconds since 1970; missing: now")] = field(default=None, name="to")
    span: Annotated[float, Meta(ge=0, description="Seconds; 0: no values, but where they would be from")] = 3600.0
    archive: str = ""
    """Empty: whichever of the flow's has the tag."""


class ValuesQuestion(ArchiveQuestion):
    """What to look up, as points of a chart."""

    points: Annotated[int, Meta(ge=3, le=10_000, description="Of each tag at most")] = 1000
    raw: bool = False
    """Refuse what has more values, in place of summing them up."""


class ExportQuestion(ArchiveQuestion):
    """What to look up, as a file."""

    interval: Annotated[float, Meta(ge=0, description="Sum up by intervals of so many seconds; 0: all values")] = 0.0
    format: Literal["csv", "parquet"] = "csv"
