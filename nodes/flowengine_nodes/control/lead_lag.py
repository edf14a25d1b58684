"""The transform `control/lead-lag`."""

from __future__ import annotations

import math
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, State, Transform, unit
from flowengine_nodes.control.bounds import check_bounds, within
from flowengine_nodes.control.dead_time import DeadTime
from flowengine_nodes.signal.readings import elapsed, usable


class LeadLag(Transform, type="control/lead-lag"):
    """Feed a disturbance forward (feed-forward, feedforward): gain with lead, lag and dead time.

    The output is gain · (1 + lead s) / (1 + lag s) · exp(−dead_time s) of the difference between the reading and
    `reference`, limited to `low` and `high`. Wired from a measured disturbance (load, inlet temperature, door) to the
    port `feedforward` of control/pid it acts before the disturbance shows in the controlled value. The ideal is
    −(process of the disturbance) / (process of the output): gain −Kd/Ku, lead the time constant of the output's
    process, lag that of the disturbance's, dead_time the difference of both.

    It is exact for readings at any distance, if the signal went in straight lines between them. It begins at rest at
    the first reading. With a bad reading the output is held, quality uncertain. A reading older than the last one is
    refused as late; after a clock set back by over a minute, or a gap of more than `longest_gap`, it begins anew.

    Example: gain 0.8, lead 60, lag 15: more heater power at once when more product comes in.
    """

    inputs = (Port("in", "number", "The disturbance"),)
    outputs = (Port("out", "number", "What to add to the output"),)

    gain: Annotated[float, Meta(description="Output per unit of the disturbance, at rest")] = 1.0
    lead: Annotated[float, Meta(description="Lead time", ge=0, extra_json_schema=unit("s"))] = 0.0
    lag: Annotated[float, Meta(description="Lag time; 0 only without lead", ge=0, extra_json_schema=unit("s"))] = 0.0
    dead_time: Annotated[float, Meta(description="Dead time", ge=0, extra_json_schema=unit("s"))] = 0.0
    reference: Annotated[float, Meta(description="The disturbance for which nothing is added")] = 0.0
    low: Annotated[float | None, Meta(description="Least output; empty: no limit")] = None
    high: Annotated[float | None, Meta(description="Greatest output; empty: no limit")] = None
    longest_gap: Annotated[
        float, Meta(description="After a longer gap it begins anew", gt=0, extra_json_schema=unit("s")), ADVANCED
    ] = 600.0
    memory: State[dict[str, Any]] = {}
    """Time, input and lagged input of the last reading, and what is on its way through the dead time."""

    def __post_init__(self) -> None:
        if self.lead and not self.lag:
            raise ValueError(
                "a lead needs a lag, or every bit of noise would become a spike: give lag, such as lead / 10"
            )
        check_bounds(self.low, self.high)

    def process(self, msg: Message) -> Message:
        """Return the output for a reading."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return msg.replace(payload=within(self.memory.get("output", 0.0), self.low, self.high), quality="uncertain")
        x, memory = value - self.reference, self.memory
        seconds = elapsed(memory["time"], msg.time) if memory else None
        if seconds is None or seconds > self.longest_gap:
            lagged, way = x, DeadTime(self.dead_time)
        else:
            lagged, way = self._lagged(x, seconds), DeadTime(self.dead_time, memory["way"])
        share = self.lead / self.lag if self.lag else 0.0
        now = self.gain * (lagged + share * (x - lagged))
        output = way.update(msg.time, now)
        self.memory = {"time": msg.time, "input": x, "lagged": lagged, "way": way.kept, "output": output}
        return msg.with_payload(within(output, self.low, self.high))

    def _lagged(self, x: float, seconds: float) -> float:
        """Return the input behind the lag: exact for a straight line from the last reading to this one."""
        lagged, before = self.memory["lagged"], self.memory["input"]
        if not self.lag:
            return x
        if not seconds:
            return float(lagged)
        gone = math.expm1(-seconds / self.lag)
        share = -gone * self.lag / seconds
        return float((1.0 + gone) * lagged + (share - 1.0 - gone) * before + (1.0 - share) * x)
