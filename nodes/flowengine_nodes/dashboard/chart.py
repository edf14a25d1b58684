"""The transform `dashboard/chart`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, unit
from flowengine_nodes.dashboard.display import Display
from flowengine_nodes.dashboard.trend import Trend
from flowengine_nodes.dashboard.zone import Zone, checked
from flowengine_nodes.values.convert import number

MOST_SERIES = 12


class Chart(Display, type="dashboard/chart"):
    """Show how numbers went over the last minutes or hours on the operators' page.

    Every topic is a line of its own; `names` gives lines better names. When more readings come than there is room for,
    the smallest and the largest of each stretch are kept, so no spike is lost. A reading of bad quality is a gap.
    Messages are passed on as they are. Where a historian of the flow keeps these topics, the page can go back further.

    Example: span 1800, low 0, high 300, names {"plant/oven/temperature": "Temperature"}.
    """

    widget = "chart"
    grows = True

    span: Annotated[
        float, Meta(description="How much time it shows", ge=10, le=604_800, extra_json_schema=unit("s"))
    ] = 600.0
    unit: Annotated[str, Meta(description="Unit; empty: that of the first message", max_length=20)] = ""
    decimals: Annotated[
        Annotated[int, Meta(ge=0, le=10)] | None, Meta(description="Digits after the point; empty: as many as fit")
    ] = None
    low: Annotated[float | None, Meta(description="Begin of the scale; empty: as the numbers are")] = None
    high: Annotated[float | None, Meta(description="End of the scale; empty: as the numbers are")] = None
    names: Annotated[
        dict[str, str], Meta(description="Topic to name of the line; lines come in this order, others behind")
    ] = {}
    zones: Annotated[list[Zone], Meta(description="Ranges that are marked")] = []
    points: Annotated[int, Meta(description="Points of a line at most", ge=20, le=2000), ADVANCED] = 900

    def __post_init__(self) -> None:
        checked(self.zones)
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low:g} must be below high {self.high:g}")
        self._trends: dict[str, Trend] = {}
        self._unit = self.unit
        self._readings = 0

    def take(self, msg: Message) -> None:
        """Add a reading to the line of its topic.

        Raises:
            BadData: it is no number (a bad reading may be anything), or one topic more than there are lines for.
        """
        value = None if msg.quality == "bad" else number(msg.payload)
        trend = self._trends.get(msg.topic)
        if trend is None:
            if len(self._trends) >= MOST_SERIES:
                raise BadData(f"the chart has {MOST_SERIES} lines already; topic '{msg.topic[:60]}' would be one more")
            trend = self._trends[msg.topic] = Trend(self.span, self.points)
        if not self._unit and isinstance(msg.properties.get("unit"), str):
            self._unit = msg.properties["unit"]
        self._readings += 1
        trend.add(msg.time, value, self._readings)

    def keepsake(self) -> Any:
        """Return the lines."""
        return {"unit": self._unit, "lines": {topic: one.points() for topic, one in self._trends.items()}}

    def regain(self, keepsake: Any) -> None:
        """Draw them again."""
        self._unit = self.unit or keepsake["unit"]
        for topic, (times, values) in list(keepsake["lines"].items())[:MOST_SERIES]:
            trend = self._trends[topic] = Trend(self.span, self.points)
            for time, value in zip(times, values, strict=True):
                self._readings += 1
                trend.add(time, value, self._readings)

    def shown(self) -> Any:
        """Return the lines: name, times (seconds since 1970) and values (null: a gap), and the unit."""
        return self.shown_after(0)[1]

    def shown_after(self, mark: int) -> tuple[int, Any]:
        """Return the same with `more`: the points that take the place of those from the first of their times on."""
        if mark and mark == self._readings:
            return mark, None
        order = {topic: i for i, topic in enumerate(self.names)}
        topics = sorted(self._trends, key=lambda topic: order.get(topic, len(order)))
        found = [(topic, *self._trends[topic].points(mark)) for topic in topics]
        series = [{"name": self.names.get(topic, topic), "t": t, "v": v} for topic, t, v in found if t]
        return self._readings, {"unit": self._unit, "series": series, "more": mark > 0}
