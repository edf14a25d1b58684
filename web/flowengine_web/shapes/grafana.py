"""What Grafana's JSON data sources send and expect; what else Grafana sends is of no concern."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, field

from flowengine_web.shapes.base import Shape


class FromGrafana(Shape, forbid_unknown_fields=False):
    """Base of what Grafana sends: each version sends something more."""


class GrafanaRange(FromGrafana):
    """A span; ISO 8601, UTC."""

    begin: str = field(name="from")
    end: str = field(name="to")


class GrafanaTarget(FromGrafana):
    """A line of a panel."""

    target: Any = ""
    """`flow/tag`, as `search` lists them."""
    ref: str = field(default="", name="refId")
    type: str = "timeserie"
    hide: bool = False
    payload: Any = None
    """`{"show": "band"}` gives smallest and largest beside the mean; `{"search": "oven"}` alarms with that in their
    name."""


class GrafanaQuery(FromGrafana):
    """What a panel asks."""

    range: GrafanaRange
    targets: Annotated[list[GrafanaTarget], Meta(max_length=100)] = []
    points: float = field(default=1000, name="maxDataPoints")


class GrafanaSeries(Shape, tag_field="type", tag="timeserie"):
    """A line of a panel: pairs of value and milliseconds since 1970."""

    target: str
    ref: str = field(name="refId")
    datapoints: list[tuple[float | None, float]]


class GrafanaColumn(Shape):
    """A column of a table."""

    text: str
    type: str


class GrafanaTable(Shape, tag_field="type", tag="table"):
    """What happened to alarms, as a table, and so as annotations: time (milliseconds), title, text, tags."""

    ref: str = field(name="refId")
    columns: list[GrafanaColumn]
    rows: list[tuple[float, str, str, str]]


class GrafanaVariable(FromGrafana):
    """What a variable of a dashboard asks."""

    payload: Any = None
    """`{"target": "text"}`, or the text itself."""


class GrafanaChoice(Shape):
    """One value of a variable."""

    text: str = field(name="__text")
    value: str = field(name="__value")


class GrafanaSearch(FromGrafana):
    """What is typed where a target is chosen."""

    target: Any = ""
    metric: Any = ""


class GrafanaAnnotationQuery(FromGrafana):
    """What annotations a dashboard wants."""

    range: GrafanaRange
    annotation: dict[str, Any] = {}


class GrafanaAnnotation(Shape, omit_defaults=True):
    """One annotation; times are milliseconds since 1970."""

    annotation: dict[str, Any]
    time: float
    title: str
    text: str
    tags: list[str]


class GrafanaOption(Shape):
    """One choice of a target's payload."""

    label: str
    value: str


class GrafanaPayload(Shape):
    """One field of a target's payload."""

    name: str
    label: str
    type: str
    options: list[GrafanaOption] = []


class GrafanaField(FromGrafana):
    """Which field of a target's payload is about to be chosen."""

    name: str = ""


class GrafanaMetric(Shape):
    """One target that can be chosen."""

    value: str
    label: str
    payloads: list[GrafanaPayload]


class GrafanaTagKey(Shape):
    """One key of ad-hoc filters."""

    type: str
    text: str


class GrafanaTagValue(Shape):
    """One value of such a key."""

    text: str
