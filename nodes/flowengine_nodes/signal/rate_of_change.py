"""The transform `signal/rate-of-change`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Inline, Message, Port, Quality, unit
from flowengine_nodes.signal.readings import GOOD, SECONDS, Lane, PerTopic, Step, elapsed, usable

MOST = 10_000
"""Readings in the span at most."""


class RateOfChange(PerTopic, type="signal/rate-of-change"):
    """Say how fast a signal rises or falls: its slope over the last seconds, gradient, derivative.

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
        self._lanes: dict[str, Lane] = {}
        """Topics whose slope is between their last two readings, both good."""
        self._sure: dict[str, Step] = {}
        """Their steps; one that gives no result has changed nothing."""

    def process(self, msg: Message) -> Message | None:
        """Return the slope up to a reading."""
        value = usable(msg.payload, msg.quality)
        further = self._further(msg.properties)
        if value is None:
            return msg.replace(payload=None, quality="bad", properties=further)
        span = self._remembered(msg.topic)
        self._enter(span, [msg.time, value, msg.quality == "uncertain"])
        count = len(span)
        if count < 2:
            return None
        slope = self._ends(span) if self.method == "ends" or count == 2 else self._fit(span)
        doubtful = any([reading[2] for reading in span])
        if self._newest and not doubtful:
            lane = self._lanes[msg.topic] = self._lane(*span[0][:2], *span[1][:2])
            self._sure[msg.topic] = lane.step
        quality: Quality = "uncertain" if doubtful else "good"
        return Message(slope * self._per, msg.topic, msg.time, quality, msg.id, further)

    def inline(self) -> Inline | None:
        """Return the slope between two good readings of a known topic."""
        return Inline(
            known={"step": (self._sure, "topic")},
            usual=f"{GOOD} and step is not None and (slope_ := step(payload, time)) is not None",
            payload="slope_",
            quality="'good'",
            further="properties and further(properties)",
            names={"further": self._further},
        )

    def state(self) -> dict[str, Any]:
        """Return what is remembered."""
        for topic, lane in self._lanes.items():
            self.memory[topic] = lane.memory()
        return super().state()

    def _remembered(self, topic: str) -> list[list[Any]]:
        """Return the readings of a topic, which has no lane from now on."""
        lane = self._lanes.pop(topic, None)
        if lane is not None:
            del self._sure[topic]
            self.memory[topic] = lane.memory()
        elif topic not in self.memory:
            self.remember(topic, [])
        span: list[list[Any]] = self.memory[topic]
        return span

    def _lane(self, earlier: float, first: float, last: float, before: float) -> Lane:
        longest, per = self._longest, self._per

        def step(value: float, time: float) -> float | None:
            nonlocal earlier, first, last, before
            seconds = time - last
            if not 0.0 < seconds <= longest:
                return None
            earlier, first = last, before
            last, before = time, value
            return (value - first) / seconds * per

        return Lane(step, lambda: [[earlier, first, False], [last, before, False]])

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

    def _further(self, properties: dict[str, Any]) -> dict[str, Any]:
        known = properties.get("unit")
        return {**properties, "unit": f"{known}/{self.per}"} if isinstance(known, str) and known else properties
