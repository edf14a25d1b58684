"""The transform `signal/ewma`."""

from __future__ import annotations

import math
from math import expm1
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Inline, only_with, unit
from flowengine_nodes.signal.readings import FORGOTTEN, GOOD, Filter, Lane, elapsed


class Ewma(Filter, type="signal/ewma"):
    """Smooth a noisy signal: exponentially weighted moving average, a first-order low-pass (PT1).

    With `by` time the smoothing is that of a filter with the time constant `time_constant`, exact for readings at any
    distance: after a step the result has gone 63 % of the way after one time constant, 95 % after three. `between` says
    what the signal did between two readings: `linear` a straight line, `step` it stood at the old value, `new` it was
    at the new value already.

    With `by` count each reading weighs `weight`, whatever the time: result = weight · reading + (1 − weight) · result.
    A weight of 2 / (n + 1) is as smooth as a moving average over n readings.

    The first reading is the first result. A bad reading changes nothing and leaves empty, with quality bad. An
    uncertain one counts, and results are uncertain until its weight is below 1 %. Each topic is a signal of its own. By
    time, a reading older than the last one is refused as late; after a clock set back by over a minute the average goes
    on from there.

    Example: time_constant 30 takes the noise from a temperature and delays it by half a minute.
    """

    by: Annotated[Literal["time", "count"], Meta(description="Weigh readings by time or by their number")] = "time"
    time_constant: Annotated[
        float,
        Meta(description="Time constant of the filter", gt=0, extra_json_schema=unit("s")),
        only_with(by="time"),
    ] = 10.0
    between: Annotated[
        Literal["linear", "step", "new"],
        Meta(description="What the signal did between two readings"),
        only_with(by="time"),
        ADVANCED,
    ] = "linear"
    weight: Annotated[float, Meta(description="Weight of the newest reading", gt=0, le=1), only_with(by="count")] = 0.2

    def __post_init__(self) -> None:
        self.timed = self.by == "time"
        if self.timed:
            self.doubtful_seconds = -self.time_constant * math.log(FORGOTTEN)
        elif self.weight < 1:
            self.doubtful_readings = math.ceil(math.log(FORGOTTEN) / math.log1p(-self.weight))

    def begin(self, value: float, time: float) -> tuple[list[Any], float]:
        """Begin with the first reading."""
        return [value, value, time], value

    def lane(self, memory: list[Any]) -> Lane:
        """Go on with an average."""
        return self._by_time(*memory) if self.by == "time" else self._by_count(*memory)

    def inline(self) -> Inline | None:
        """Return the step for the usual reading, that of `Linear` without a call: it is the most often dragged in."""
        if not self.timed or self.between != "linear":
            return super().inline()
        return Inline(
            known={"known": (self._sure, "topic")},
            usual=f"{GOOD} and known is not None and (x_ := (known.last - time) * rate) < 0.0",
            payload="payload + (gap_ := (gap_ := known.gap) + expm1(x_) * (gap_ + (known.before - payload) / x_))",
            remembered={"known.gap": "gap_", "known.before": "payload", "known.last": "time"},
            quality="'good'",
            names={"rate": 1.0 / self.time_constant, "expm1": expm1},
        )

    def _by_count(self, average: float, before: float, last: float, *gap: float) -> Lane:
        weight = self.weight

        def step(value: float) -> float:
            nonlocal average
            average += weight * (value - average)
            return average

        return Lane(step, lambda: [average, before, last])

    def _by_time(self, average: float, before: float, last: float, *kept: float) -> Lane:
        # The exact response of tau y' = x - y to a signal that is linear between readings; Müller, Specially Weighted
        # Moving Averages with Applications to the EMA Operator (1991), gives the same for all three ways. The formula
        # is shortest for y - x. expm1 is exact also where readings are close.
        gap = kept[0] if kept else average - before
        rate, new = 1.0 / self.time_constant, self.between == "new"
        if self.between == "linear":
            linear = Linear(gap, before, last, rate)
            return Lane(linear, linear.memory)

        def level(value: float, time: float) -> float:
            nonlocal gap, before, last
            x, after = (last - time) * rate, gap + before - value
            if x < 0.0:
                after += expm1(x) * (after if new else gap)
            else:
                elapsed(last, time)
            gap, before, last = after, value, time
            return value + gap

        return Lane(level, lambda: [before + gap, before, last, gap])


class Linear:
    """The average over time of one signal that is linear between readings."""

    __slots__ = ("before", "gap", "last", "rate")

    def __init__(self, gap: float, before: float, last: float, rate: float) -> None:
        self.gap, self.before, self.last, self.rate = gap, before, last, rate

    def __call__(self, value: float, time: float) -> float:
        """Take a reading; as `Ewma.inline` does, and for those that are late or come at the same time."""
        x = (self.last - time) * self.rate
        if x < 0.0:
            self.gap += expm1(x) * (self.gap + (self.before - value) / x)
        else:
            elapsed(self.last, time)
            self.gap += self.before - value
        self.before, self.last = value, time
        return value + self.gap

    def memory(self) -> list[Any]:
        """Return what is to be remembered."""
        return [self.before + self.gap, self.before, self.last, self.gap]
