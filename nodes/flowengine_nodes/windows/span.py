"""What is in a window: readings, their figures, and how many could not be used."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from typing import Any, Literal, NamedTuple

from flowengine import Message, Quality
from flowengine_nodes.windows.statistics import NONE, Moments, Sliding, deviation, percentile

Statistic = Literal[
    "mean", "min", "max", "sum", "count", "stddev", "median", "first", "last", "range", "rate", "bad", "duration"
]

IN_ORDER = frozenset({"median"})
"""The statistics that need all values."""


class Wanted(NamedTuple):
    """Which figures a window gives."""

    statistics: tuple[Statistic, ...]
    percentiles: tuple[float, ...]
    sample: bool

    @property
    def needs_values(self) -> bool:
        """Whether all values must be kept in order."""
        return bool(self.percentiles) or not IN_ORDER.isdisjoint(self.statistics)


class Span:
    """A window that values only enter: tumbling and session windows.

    Its figures stand in plain attributes (see `Moments`), since every reading changes them.
    """

    __slots__ = (
        "bad",
        "begin",
        "doubtful",
        "end",
        "first",
        "high",
        "last",
        "low",
        "mean",
        "message",
        "n",
        "squares",
        "sum",
        "total",
        "values",
    )

    def __init__(self, begin: float, end: float) -> None:
        self.begin, self.end = begin, end
        self.n, self.sum, self.mean, self.squares, self.low, self.high = NONE
        self.values: list[float] | None = None
        self.first: float | None = None
        self.last: float | None = None
        self.total = 0
        """Readings in all, bad ones included."""
        self.bad = 0
        self.doubtful = 0
        """Readings of quality uncertain; they count."""
        self.message: Message | None = None
        """The last reading."""

    def add(self, value: float | None, msg: Message, keep: bool) -> None:
        """Take in a reading; None: it is bad."""
        self.total += 1
        self.message = msg
        if value is None:
            self.bad += 1
            return
        if msg.quality == "uncertain":
            self.doubtful += 1
        self.n = n = self.n + 1
        self.sum += value
        delta = value - self.mean  # Welford, as in statistics.with_value
        self.mean = mean = self.mean + delta / n
        self.squares += delta * (value - mean)
        if value < self.low:
            self.low = value
        if value > self.high:
            self.high = value
        if self.first is None:
            self.first = value
        self.last = value
        if keep:
            if self.values is None:
                self.values = []
            self.values.append(value)

    @property
    def moments(self) -> Moments:
        """The figures of the values."""
        return Moments(self.n, self.sum, self.mean, self.squares, self.low, self.high)

    def ordered(self) -> list[float]:
        """Return the values in ascending order."""
        return sorted(self.values or ())

    def kept(self) -> list[Any]:
        """Return everything as plain values."""
        counts = [self.total, self.bad, self.doubtful]
        return [self.begin, self.end, list(self.moments), self.values, self.first, self.last, counts, self.message]

    @classmethod
    def restored(cls, kept: list[Any], message: Message | None) -> Span:
        """Return the span that `kept` described."""
        span = cls(kept[0], kept[1])
        if kept[2][0]:  # without values JSON has made null of ±infinity
            span.n, span.sum, span.mean, span.squares, span.low, span.high = kept[2]
        span.values, span.first, span.last = kept[3], kept[4], kept[5]
        span.total, span.bad, span.doubtful = kept[6]
        span.message = message
        return span


class Reading(NamedTuple):
    """A reading in a sliding window."""

    time: float
    value: float | None
    doubtful: bool


class SlidingSpan:
    """A window that values enter and leave."""

    __slots__ = ("bad", "doubtful", "message", "readings", "sliding", "sorted", "usable")

    def __init__(self, keep: bool) -> None:
        self.readings: deque[Reading] = deque()
        self.usable: deque[float] = deque()
        self.sliding = Sliding()
        self.sorted: list[float] | None = [] if keep else None
        self.bad = 0
        self.doubtful = 0
        self.message: Message | None = None

    @property
    def total(self) -> int:
        """Readings in all, bad ones included."""
        return len(self.readings)

    @property
    def moments(self) -> Moments:
        """The figures of the values."""
        return self.sliding.moments()

    @property
    def first(self) -> float | None:
        """The oldest value."""
        return self.usable[0] if self.usable else None

    @property
    def last(self) -> float | None:
        """The newest value."""
        return self.usable[-1] if self.usable else None

    def add(self, time: float, value: float | None, msg: Message) -> None:
        """Take in a reading; None: it is bad."""
        doubtful = value is not None and msg.quality == "uncertain"
        self.readings.append(Reading(time, value, doubtful))
        self.message = msg
        if value is None:
            self.bad += 1
            return
        self.doubtful += doubtful
        self.sliding.add(value)
        self.usable.append(value)
        if self.sorted is not None:
            insort(self.sorted, value)

    def drop(self) -> None:
        """Let the oldest reading go."""
        _, value, doubtful = self.readings.popleft()
        if value is None:
            self.bad -= 1
            return
        self.doubtful -= doubtful
        self.sliding.drop()
        self.usable.popleft()
        if self.sorted is not None:
            del self.sorted[bisect_left(self.sorted, value)]

    def ordered(self) -> list[float]:
        """Return the values in ascending order."""
        return self.sorted or []


def figures(span: Span | SlidingSpan, wanted: Wanted, seconds: float) -> dict[str, Any]:
    """Return what a window gives; a figure that its values do not allow is None."""
    m = span.moments
    some = m.n > 0
    ordered = span.ordered() if wanted.needs_values else []
    found: dict[str, Any] = {}
    for name in wanted.statistics:
        match name:
            case "mean":
                found[name] = m.mean if some else None
            case "min":
                found[name] = m.low if some else None
            case "max":
                found[name] = m.high if some else None
            case "sum":
                found[name] = m.total
            case "count":
                found[name] = m.n
            case "stddev":
                found[name] = deviation(m, wanted.sample)
            case "median":
                found[name] = percentile(ordered, 50)
            case "first":
                found[name] = span.first
            case "last":
                found[name] = span.last
            case "range":
                found[name] = m.high - m.low if some else None
            case "rate":
                found[name] = m.n / seconds if seconds > 0 else None
            case "bad":
                found[name] = span.bad
            case "duration":
                found[name] = seconds
    for percent in wanted.percentiles:
        found[f"p{percent:g}"] = percentile(ordered, percent)
    return found


def quality_of(span: Span | SlidingSpan, share: float) -> Quality:
    """Return the quality of a window's figures: uncertain when more than `share` of the readings were not good."""
    if not span.total:
        return "good"
    if span.bad == span.total:
        return "bad"
    return "uncertain" if (span.bad + span.doubtful) / span.total > share else "good"
