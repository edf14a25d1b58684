"""The transform `windows/window`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, State, Transform, only_with, unit
from flowengine_nodes.signal.readings import LARGEST, usable
from flowengine_nodes.values.convert import as_text, is_number
from flowengine_nodes.values.properties import MISSING, reader
from flowengine_nodes.windows.lanes import Lane, Session, SlidingByCount, SlidingByTime, TumblingByCount, TumblingByTime
from flowengine_nodes.windows.span import SlidingSpan, Span, Statistic, Wanted, figures, quality_of

Percent = Annotated[float, Meta(ge=0, le=100)]

_LENGTH = only_with(shape=("tumbling", "sliding"))


class Window(Transform, type="windows/window"):
    """Figures over many readings: mean, deviation, percentiles and others over a window.

    `tumbling` windows follow one another, each `count` readings or `seconds` long. A `sliding` window holds the last
    `count` readings or `seconds`; a result leaves with each reading, or `every` so many. A `session` ends when nothing
    has come for `gap` seconds.

    Time windows begin at multiples of their length since 1970-01-01T00:00 UTC. Their time is that of arrival
    (`processing`), or that of the readings (`message`): then a window closes when a reading has come that is newer
    than its end by `lateness`, and a reading that comes after is refused.

    Bad readings are left out and counted; if more than `bad_share` of the readings were not good, the result is
    uncertain, if all were bad it is bad. A window cut short (the flow stops, too many values) has msg.partial true.
    The result carries the time of the window's end and msg.window (begin, end, key). Windows are kept over a crash.

    Example: tumbling, seconds 60, statistics mean and max: one message a minute, such as {"mean": 180.2, "max": 181}.
    """

    shape: Annotated[Literal["tumbling", "sliding", "session"], Meta(description="How windows follow one another")] = (
        "tumbling"
    )
    count: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="Length as a number of readings"),
        _LENGTH,
    ] = None
    seconds: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Length as a time", extra_json_schema=unit("s")),
        _LENGTH,
    ] = None
    gap: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="For sessions: the silence that ends one", extra_json_schema=unit("s")),
        only_with(shape="session"),
    ] = None
    every: Annotated[
        float,
        Meta(description="For sliding: a result every so many readings or seconds; 0: with each reading", ge=0),
        only_with(shape="sliding"),
    ] = 0.0
    statistics: Annotated[
        list[Statistic], Meta(description="The figures; bad counts the readings left out, rate is readings per second")
    ] = ["mean", "min", "max", "count"]
    percentiles: Annotated[
        list[Percent], Meta(description="Percentiles, 0 to 100, sent as p5, p99.9 and so on"), ADVANCED
    ] = []
    deviation: Annotated[
        Literal["sample", "population"], Meta(description="What stddev divides by: n - 1 for a sample, or n"), ADVANCED
    ] = "sample"
    output: Annotated[
        Literal["object", "value"], Meta(description="Send all figures as an object, or the first as a number")
    ] = "object"
    property: Annotated[str, Meta(description="What to read from each message"), ADVANCED] = "payload"
    key: Annotated[
        str, Meta(description="Windows of its own for each value of this property, such as topic; empty: one for all")
    ] = ""
    time_of: Annotated[
        Literal["processing", "message"], Meta(description="Time of arrival, or time of the reading"), ADVANCED
    ] = "processing"
    lateness: Annotated[
        float,
        Meta(description="For tumbling by message time: wait for late readings", ge=0, extra_json_schema=unit("s")),
        only_with(shape="tumbling", time_of="message"),
    ] = 0.0
    bad_share: Annotated[
        float, Meta(description="Share of readings that may be bad or uncertain in a good result", ge=0, le=1), ADVANCED
    ] = 0.0
    most_keys: Annotated[
        int, Meta(description="Keys at most; the one silent longest is closed early", ge=1), ADVANCED
    ] = 1000
    most_values: Annotated[
        int, Meta(description="Values held in a window by time at most; then it is cut short", ge=1), ADVANCED
    ] = 100_000
    kept: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        self._check()
        self._wanted = Wanted(tuple(self.statistics), tuple(self.percentiles), self.deviation == "sample")
        self._read = reader(self.property)
        self._read_key = reader(self.key) if self.key else None
        self._by_message = self.time_of == "message"
        self._lanes: dict[str, Lane] = {}
        self._touched: dict[str, float] = {}
        self._begin = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = math.inf

    async def start(self) -> None:
        """Take up the windows of before a restart."""
        # Arrival is measured from here by the monotonic clock: setting the wall clock closes no window.
        self._begin = self.clock.now() - self.clock.monotonic()
        for key, (touched, kept) in self.kept.items():
            self._lane(key).restore(kept)
            self._touched[key] = touched
        self.kept = {}
        self._arm()

    async def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_due = None, math.inf

    def process(self, msg: Message) -> list[Message] | None:
        """Take the reading in; returns the results of windows that close by it."""
        raw = self._read(msg)
        if raw is MISSING:
            raise BadData(f"the message has no {self.property}")
        plain = raw.__class__ is float and -LARGEST <= raw <= LARGEST and msg.quality != "bad"
        value: float | None = raw if plain else usable(raw, msg.quality)
        key = "" if self._read_key is None else self._name(msg)
        lane = self._lanes.get(key) or self._lane(key)
        now = self._begin + self.clock.monotonic()
        self._touched[key] = now
        results = lane.add(msg.time if self._by_message else now, value, msg)
        if lane.due is not None and lane.due < self._timer_due and not self._by_message:
            self._arm()
        return results or None

    def flush(self) -> list[Message]:
        """Return the windows that are not complete, as partial results."""
        return [result for lane in self._lanes.values() for result in lane.flush()]

    def state(self) -> dict[str, Any]:
        """Return all open windows."""
        if not self._lanes:
            return {"kept": self.kept}
        return {"kept": {key: [self._touched[key], lane.kept()] for key, lane in self._lanes.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back open windows; `start` sets them going.

        Raises:
            ValueError: they are of another shape.
        """
        kept = dict(state.get("kept", {}))
        try:
            for key, (_, windows) in kept.items():
                self._new_lane(key).restore(windows)
        except (TypeError, ValueError, msgspec.ValidationError) as error:
            raise ValueError("its windows are of another shape") from error
        self.kept = kept

    def _check(self) -> None:
        shape, sizes = self.shape, (self.count, self.seconds)
        if shape == "session":
            if self.gap is None:
                raise ValueError("a session window needs gap: the silence that ends it")
            if sizes != (None, None):
                raise ValueError("a session window has no length: leave count and seconds empty")
        elif sizes.count(None) != 1:
            raise ValueError(f"a {shape} window needs its length: either count or seconds")
        if self.every and shape != "sliding":
            raise ValueError("every is for sliding windows only")
        if not self.statistics and not self.percentiles:
            raise ValueError("name at least one statistic or percentile")

    def _new_lane(self, key: str) -> Lane:
        keep = self._wanted.needs_values

        def close(span: Span | SlidingSpan, begin: float, end: float, partial: bool) -> Message:
            return self._result(key, span, begin, end, partial)

        if self.shape == "session":
            assert self.gap is not None
            return Session(close, self.gap, keep, self.most_values)
        if self.shape == "tumbling":
            if self.count is not None:
                return TumblingByCount(close, self.count, keep)
            assert self.seconds is not None
            lateness = self.lateness if self._by_message else 0.0
            return TumblingByTime(close, self.seconds, lateness, keep, self.most_values)
        if self.count is not None:
            return SlidingByCount(close, self.count, max(1, round(self.every)), keep)
        assert self.seconds is not None
        return SlidingByTime(close, self.seconds, self.every, keep, self.most_values)

    def _lane(self, key: str) -> Lane:
        if len(self._lanes) >= self.most_keys:
            silent = min(self._touched, key=self._touched.__getitem__)
            del self._touched[silent]
            for result in self._lanes.pop(silent).flush():
                self.emit(result)
        lane = self._lanes[key] = self._new_lane(key)
        self._touched[key] = self._begin + self.clock.monotonic()
        return lane

    def _name(self, msg: Message) -> str:
        assert self._read_key is not None
        found = self._read_key(msg)
        if found is MISSING or isinstance(found, dict | list) or (is_number(found) and found != found):
            raise BadData(f"the message has no {self.key} that could name its window")
        return as_text(found)

    def _result(self, key: str, span: Span | SlidingSpan, begin: float, end: float, partial: bool) -> Message:
        assert span.message is not None
        found = figures(span, self._wanted, max(0.0, end - begin))
        window = {"begin": begin, "end": end, "key": key} if self.key else {"begin": begin, "end": end}
        properties = {**span.message.properties, "window": window}
        if partial:
            properties["partial"] = True
        return span.message.replace(
            payload=found if self.output == "object" else next(iter(found.values())),
            time=end,
            quality=quality_of(span, self.bad_share),
            properties=properties,
        )

    def _arm(self) -> None:
        if self._by_message:
            return
        dues = [lane.due for lane in self._lanes.values() if lane.due is not None]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_due = min(dues, default=math.inf)
        if dues:
            wait = self._timer_due - self._begin - self.clock.monotonic()
            self._timer = self.clock.call_later(wait, self._time_passed)

    def _time_passed(self) -> None:
        now = self._begin + self.clock.monotonic() + 1e-6
        self._timer = None
        for lane in list(self._lanes.values()):
            if lane.due is not None and lane.due <= now:
                for result in lane.advance(now):
                    self.emit(result)
        self._arm()
