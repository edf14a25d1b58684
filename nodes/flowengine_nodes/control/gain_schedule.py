"""The transform `control/gain-schedule`."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import Message, Port, Transform, unit
from flowengine_nodes.signal.readings import usable


class SchedulePoint(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The parameters at one value of the scheduling variable."""

    at: Annotated[float, Meta(description="Value of the scheduling variable")]
    kp: Annotated[float, Meta(description="Gain", ge=0)]
    ti: Annotated[float, Meta(description="Integral time", gt=0, extra_json_schema=unit("s"))]
    td: Annotated[float, Meta(description="Derivative time", ge=0, extra_json_schema=unit("s"))] = 0.0


class GainSchedule(Transform, type="control/gain-schedule"):
    """Give a PID controller the parameters that fit where the process is: gain scheduling.

    The scheduling variable (the setpoint, the load, the output, the temperature itself) comes in; {"kp", "ti", "td"}
    leaves, for the port `tune` of control/pid, which takes it without a bump. Between two points the parameters go in a
    straight line, or those of the lower point hold (`step`); before the first and beyond the last they stay.

    A bad reading ends here: the controller keeps what it has. Source: Åström & Wittenmark, Adaptive Control (1995),
    chapter 9.

    Example: at 100: kp 6, ti 80; at 200: kp 3, ti 60.
    """

    inputs = (Port("in", "number", "The scheduling variable"),)
    outputs = (Port("out", "object", "kp, ti and td"),)

    points: Annotated[
        list[SchedulePoint], Meta(description="Parameters at values of the variable, ascending", min_length=1)
    ]
    between: Annotated[
        Literal["line", "step"], Meta(description="Between points: a straight line, or the lower point's parameters")
    ] = "line"

    def __post_init__(self) -> None:
        self._places = [point.at for point in self.points]
        if any(a >= b for a, b in pairwise(self._places)):
            raise ValueError("the points must ascend: each 'at' greater than the one before")

    def process(self, msg: Message) -> Message | None:
        """Return the parameters for a value."""
        value = usable(msg.payload, msg.quality)
        return None if value is None else msg.with_payload(self._at(value))

    def _at(self, value: float) -> dict[str, Any]:
        after = bisect_right(self._places, value)
        low, high = self.points[max(0, after - 1)], self.points[min(after, len(self.points) - 1)]
        way = 0.0
        if low is not high and self.between == "line" and value > low.at:
            way = (value - low.at) / (high.at - low.at)
        return {name: getattr(low, name) * (1 - way) + getattr(high, name) * way for name in ("kp", "ti", "td")}
