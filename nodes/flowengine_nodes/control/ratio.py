"""The transform `control/ratio`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import Message, Port, State, Transform
from flowengine_nodes.control.bounds import check_bounds, within
from flowengine_nodes.signal.readings import setting, usable


class Ratio(Transform, type="control/ratio"):
    """Keep one flow in proportion to another: ratio station.

    The wild reading, such as the flow of one component, comes in; the setpoint for the other leaves: reading · ratio +
    bias, between `low` and `high`. Port `ratio` changes the ratio, for example from control/recipe or a controller of
    the mixture's quality, between `ratio_low` and `ratio_high`. With a bad reading the last setpoint leaves again,
    quality uncertain; before the first good one nothing leaves.

    Example: ratio 9.5, low 0, high 500: combustion air for a flow of gas.
    """

    inputs = (Port("in", "number", "The wild reading"), Port("ratio", "number", "The ratio from now on"))
    outputs = (Port("out", "number", "The setpoint for the other"),)

    ratio: Annotated[float, Meta(description="Setpoint per unit of the reading")] = 1.0
    bias: Annotated[float, Meta(description="Added to it")] = 0.0
    low: Annotated[float | None, Meta(description="Least setpoint; empty: no limit")] = None
    high: Annotated[float | None, Meta(description="Greatest setpoint; empty: no limit")] = None
    ratio_low: Annotated[float | None, Meta(description="Least ratio; empty: no limit")] = None
    ratio_high: Annotated[float | None, Meta(description="Greatest ratio; empty: no limit")] = None
    now: State[list[float]] = []
    """The ratio that a message has set, and the option it replaces."""
    last: State[float | None] = None
    """The last setpoint."""

    def __post_init__(self) -> None:
        check_bounds(self.low, self.high)
        check_bounds(self.ratio_low, self.ratio_high, "ratio_")

    def process(self, msg: Message) -> Message | None:
        """Return the setpoint for a reading."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return None if self.last is None else msg.replace(payload=self.last, quality="uncertain")
        ratio = self.now[0] if self.now and self.now[1] == self.ratio else self.ratio
        self.last = within(value * ratio + self.bias, self.low, self.high)
        return msg.with_payload(self.last)

    def on_ratio(self, msg: Message) -> None:
        """Take another ratio."""
        self.now = [within(setting(msg), self.ratio_low, self.ratio_high), self.ratio]
