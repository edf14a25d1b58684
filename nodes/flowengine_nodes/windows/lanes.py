"""How windows open and close over one stream of readings: tumbling, sliding, session.

A lane is told of each reading (`add`) and of passing time (`advance`), and makes a result by calling `close`.
"""

# ruff: noqa: D102 - Lane says what each method does

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from flowengine import BadData, Message
from flowengine_nodes.timing.held import message_of
from flowengine_nodes.windows.span import SlidingSpan, Span

Close = Callable[[Span | SlidingSpan, float, float, bool], Message]
"""Make a result of a span that reaches from one time to another and may be partial."""


class Lane(Protocol):
    """The windows of one stream of readings."""

    due: float | None
    """When there will be something for `advance` to do."""

    def add(self, time: float, value: float | None, msg: Message) -> list[Message]:
        """Take in a reading (None: a bad one); returns the results of windows that close by it."""

    def advance(self, time: float) -> list[Message]:
        """Return the results of windows that are over at this time."""

    def flush(self) -> list[Message]:
        """Return the results of windows that are not complete, and begin anew."""

    def kept(self) -> Any:
        """Return everything as plain values."""

    def restore(self, kept: Any) -> None:
        """Take back what `kept` returned."""


class TumblingByCount:
    """A result for every `size` readings; each reading is in one window."""

    due: float | None = None

    def __init__(self, close: Close, size: int, keep: bool) -> None:
        self._close, self._size, self._keep = close, size, keep
        self._span: Span | None = None

    def add(self, time: float, value: float | None, msg: Message) -> list[Message]:
        span = self._span
        if span is None:
            span = self._span = Span(time, time)
        span.add(value, msg, self._keep)
        span.end = max(span.end, time)
        if span.total < self._size:
            return []
        self._span = None
        return [self._close(span, span.begin, span.end, False)]

    def advance(self, time: float) -> list[Message]:
        return []

    def flush(self) -> list[Message]:
        span, self._span = self._span, None
        return [] if span is None else [self._close(span, span.begin, span.end, True)]

    def kept(self) -> Any:
        return None if self._span is None else self._span.kept()

    def restore(self, kept: Any) -> None:
        self._span = None if kept is None else _span(kept)


class TumblingByTime:
    """A result for every span of `size` seconds, aligned to 1970-01-01T00:00 UTC; each reading is in one window.

    A window closes when the time, less `lateness`, has reached its end.
    """

    def __init__(self, close: Close, size: float, lateness: float, keep: bool, most: int) -> None:
        self._close, self._size, self._lateness, self._keep, self._most = close, size, lateness, keep, most
        self._open: dict[float, Span] = {}
        self._closed = -math.inf  # every window that ends by now is closed
        self.due: float | None = None

    def add(self, time: float, value: float | None, msg: Message) -> list[Message]:
        begin = math.floor(time / self._size) * self._size
        if begin + self._size <= self._closed:
            raise BadData(f"the reading is late by {self._closed - time:.6g} s: its window is closed")
        results = self.advance(time)
        span = self._open.get(begin)
        if span is not None and self._keep and span.total >= self._most:
            results.append(self._close(self._open.pop(begin), span.begin, time, True))
            span = None
        if span is None:
            span = self._open[begin] = Span(begin, begin + self._size)
            self.due = min(self._open) + self._size
        span.add(value, msg, self._keep)
        return results

    def advance(self, time: float) -> list[Message]:
        reached = time - self._lateness
        self._closed = max(self._closed, reached)
        if self.due is None or self.due > reached:
            return []
        over = sorted(begin for begin, span in self._open.items() if span.end <= reached)
        spans = [self._open.pop(begin) for begin in over]
        self.due = min(self._open) + self._size if self._open else None
        return [self._close(span, span.begin, span.end, False) for span in spans]

    def flush(self) -> list[Message]:
        spans = [self._open[begin] for begin in sorted(self._open)]
        self._open.clear()
        self.due = None
        return [self._close(span, span.begin, span.end, True) for span in spans]

    def kept(self) -> Any:
        closed = self._closed if math.isfinite(self._closed) else None
        return [[span.kept() for span in self._open.values()], closed]

    def restore(self, kept: Any) -> None:
        spans, closed = kept
        self._open = {span.begin: span for span in map(_span, spans)}
        self._closed = -math.inf if closed is None else closed
        self.due = min(self._open) + self._size if self._open else None


class Session:
    """A result for every burst of readings: a window ends when no reading has come for `gap` seconds."""

    def __init__(self, close: Close, gap: float, keep: bool, most: int) -> None:
        self._close, self._gap, self._keep, self._most = close, gap, keep, most
        self._span: Span | None = None
        self.due: float | None = None

    def add(self, time: float, value: float | None, msg: Message) -> list[Message]:
        results = self.advance(time)
        span = self._span
        if span is not None and self._keep and span.total >= self._most:
            results += self.flush()
            span = None
        if span is None:
            span = self._span = Span(time, time)
        span.add(value, msg, self._keep)
        span.begin, span.end = min(span.begin, time), max(span.end, time)
        self.due = span.end + self._gap
        return results

    def advance(self, time: float) -> list[Message]:
        if self.due is None or self.due > time or self._span is None:
            return []
        span, self._span, self.due = self._span, None, None
        return [self._close(span, span.begin, span.end, False)]

    def flush(self) -> list[Message]:
        span, self._span, self.due = self._span, None, None
        return [] if span is None else [self._close(span, span.begin, span.end, True)]

    def kept(self) -> Any:
        return None if self._span is None else self._span.kept()

    def restore(self, kept: Any) -> None:
        if kept is not None:
            self._span = _span(kept)
            self.due = self._span.end + self._gap


class SlidingByCount:
    """A result over the last `size` readings, with every `every`-th reading."""

    due: float | None = None

    def __init__(self, close: Close, size: int, every: int, keep: bool) -> None:
        self._close, self._size, self._every, self._keep = close, size, every, keep
        self._span = SlidingSpan(keep)
        self._since = 0

    def add(self, time: float, value: float | None, msg: Message) -> list[Message]:
        span = self._span
        span.add(time, value, msg)
        while span.total > self._size:
            span.drop()
        self._since += 1
        if self._since < self._every:
            return []
        self._since = 0
        return [self._result(partial=span.total < self._size)]

    def advance(self, time: float) -> list[Message]:
        return []

    def flush(self) -> list[Message]:
        results = [self._result(partial=True)] if self._since else []
        self._span, self._since = SlidingSpan(self._keep), 0
        return results

    def kept(self) -> Any:
        return [[list(reading) for reading in self._span.readings], self._span.message, self._since]

    def restore(self, kept: Any) -> None:
        _refill(self._span, kept)
        self._since = kept[2]

    def _result(self, partial: bool) -> Message:
        readings = self._span.readings
        return self._close(self._span, readings[0].time, readings[-1].time, partial)


class SlidingByTime:
    """A result over the last `size` seconds, with every reading, or every `every` seconds (aligned like tumbling)."""

    def __init__(self, close: Close, size: float, every: float, keep: bool, most: int) -> None:
        self._close, self._size, self._every, self._keep, self._most = close, size, every, keep, most
        self._span = SlidingSpan(keep)
        self._given_up = -math.inf  # time of the newest reading that left early because there were too many
        self._latest = -math.inf
        self.due: float | None = None

    def add(self, time: float, value: float | None, msg: Message) -> list[Message]:
        time = self._latest = max(time, self._latest)
        results = self.advance(time)
        span = self._span
        self._expire(time)
        if span.total >= self._most:
            self._given_up = span.readings[0].time
            span.drop()
        span.add(time, value, msg)
        if not self._every:
            return [self._result(time)]
        if self.due is None:
            self.due = (math.floor(time / self._every) + 1) * self._every
        return results

    def advance(self, time: float) -> list[Message]:
        results: list[Message] = []
        while self.due is not None and self.due <= time:
            self._expire(self.due)
            if not self._span.total:
                self.due = None  # nothing to say until the next reading
                break
            results.append(self._result(self.due))
            self.due += self._every
        return results

    def flush(self) -> list[Message]:
        span = self._span
        results = []
        if self._every and span.total:
            results = [self._close(span, self._latest - self._size, self._latest, True)]
        self._span, self.due = SlidingSpan(self._keep), None
        return results

    def kept(self) -> Any:
        edges = [time if math.isfinite(time) else None for time in (self._latest, self._given_up)]
        return [[list(reading) for reading in self._span.readings], self._span.message, self.due, *edges]

    def restore(self, kept: Any) -> None:
        _refill(self._span, kept[:3])
        self.due, *edges = kept[2:]
        self._latest, self._given_up = [-math.inf if time is None else time for time in edges]

    def _expire(self, time: float) -> None:
        readings, edge = self._span.readings, time - self._size
        while readings and readings[0].time <= edge:
            self._span.drop()

    def _result(self, end: float) -> Message:
        begin = end - self._size
        return self._close(self._span, begin, end, self._given_up > begin)


def _span(kept: Any) -> Span:
    return Span.restored(kept, None if kept[-1] is None else message_of(kept[-1]))


def _refill(span: SlidingSpan, kept: Any) -> None:
    readings, message, _ = kept
    for time, value, doubtful in readings:
        span.add(time, value, Message(quality="uncertain" if doubtful else "good"))
    span.message = None if message is None else message_of(message)
