"""The transform `signal/rate-of-change`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, Quality, unit
from flowengine_nodes.signal.readings import PerTopic, elapsed, usable

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}

MOST = 10_000
"""Readings in the span at most."""


class RateOfChange(PerTopic, type="signal/rate-of-change"):
    """Say how fast a signal rises or falls: its slope over the last seconds.

    The slope is taken over the readings of the last `seconds`, and over the last two at least; with 0 always over the
    last two. By `method` it is that of the straight line from the oldest to the newest of them, or of the line that
    fits all of them best (least squares), which noise disturbs less. The result is per second, minute or hour, and if
    the message has a unit, that says so: degC becomes degC/min.

    The first reading gives no result, nor does a gap of more than `longest_gap`: the slope begins anew. A bad reading
    does not count and leaves empty, with quality bad. An uncertain one counts, and results are uncertain as long as it
    is in the span. Each topic is a signal of its own. A reading with the time of the last one takes its place, an older
    one is refused as late; after a clock set back by over a minute the slope begins anew.

    Example: seconds 60, per min, wired to control/limit with high 5: an alarm when an oven heats by over 5 K a minute.
    """

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "The result"),)

    seconds: Annotated[
        float, Meta(description="Span of the readings; 0: the last two", ge=0, extra_json_schema=unit("s"))
    ] = 0.0
    method: Annotated[
        Literal["ends", "fit"], Meta(description="Line from the oldest to the newest reading, or best line through all")
    ] = "ends"
    per: Annotated[Literal["s", "min", "h"], Meta(description="Change per second, minute or hour")] = "s"
    longest_gap: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="After a longer gap the slope begins anew; empty: never", extra_json_schema=unit("s")),
        ADVANCED,
    ] = None

    def __post_init__(self) -> None:
        self._newest, self._per = self.seconds == 0, SECONDS[self.per]
        self._longest = math.inf if self.longest_gap is None else self.longest_gap

    def process(self, msg: Message) -> Message | None:
        """Return the slope up to a reading."""
        value, time = usable(msg.payload, msg.quality), msg.time
        if value is None:
            return msg.replace(payload=None, quality="bad", properties=self._properties(msg))
        span = self.memory.get(msg.topic)
        if span is None:
            self.remember(msg.topic, span := [])
        reading = [time, value, msg.quality == "uncertain"]
        if self._newest and len(span) == 2 and 0.0 < time - span[1][0] <= self._longest:  # the usual case
            last = span[0] = span[1]
            span[1] = reading
            slope = (value - last[1]) / (time - last[0]) * self._per
            doubt: Quality = "uncertain" if reading[2] or last[2] else "good"
            return Message(slope, msg.topic, time, doubt, msg.id, msg.properties and self._properties(msg))
        self._enter(span, reading)
        count = len(span)
        if count < 2:
            return None
        slope = self._ends(span) if self.method == "ends" or count == 2 else self._fit(span)
        doubtful = (span[0][2] or span[1][2]) if count == 2 else any([reading[2] for reading in span])
        quality: Quality = "uncertain" if doubtful else "good"
        payload = slope * self._per
        return Message(payload, msg.topic, msg.time, quality, msg.id, self._properties(msg))

    def _enter(self, span: list[list[Any]], reading: list[Any]) -> None:
        time = reading[0]
        if span:
            seconds = elapsed(span[-1][0], time)
            if seconds is None or (self.longest_gap is not None and seconds > self.longest_gap):
                span.clear()
            elif seconds == 0.0:
                del span[-1]
        span.append(reading)
        gone, edge = 0, time - self.seconds
        while len(span) - gone > 2 and (span[gone][0] < edge or len(span) - gone > MOST):
            gone += 1
        if gone:
            del span[:gone]

    def _ends(self, span: list[list[Any]]) -> float:
        (begin, first, _), (end, last, _) = span[0], span[-1]
        return float((last - first) / (end - begin))

    def _fit(self, span: list[list[Any]]) -> float:
        n, origin = len(span), span[-1][0]
        times = [time - origin for time, _, _ in span]
        mean = math.fsum(times) / n
        level = math.fsum([value for _, value, _ in span]) / n
        away = [time - mean for time in times]
        return math.fsum([d * (value - level) for d, (_, value, _) in zip(away, span, strict=True)]) / math.fsum(
            [d * d for d in away]
        )

    def _properties(self, msg: Message) -> dict[str, Any]:
        known = msg.properties.get("unit")
        return {**msg.properties, "unit": f"{known}/{self.per}"} if isinstance(known, str) and known else msg.properties
