"""The way of one number over a span of time, in a bounded number of points that lose no spike."""

from __future__ import annotations

from collections import deque

Point = tuple[float, float | None]


class _Stretch:
    """What came in one stretch of time: the smallest and the largest stay, in the order they came."""

    __slots__ = ("begin", "high", "last", "low", "mark")

    def __init__(self, begin: float, point: Point, mark: int) -> None:
        self.begin = begin
        self.mark = mark
        """The number of its newest reading."""
        self.low = self.high = self.last = point

    def add(self, point: Point, mark: int) -> None:
        self.last, self.mark = point, mark
        value = point[1]
        if value is None:
            return
        if self.low[1] is None or value < self.low[1]:
            self.low = point
        if self.high[1] is None or value > self.high[1]:
            self.high = point

    def points(self, newest: bool) -> list[Point]:
        found = {self.low, self.high}
        if newest or self.last[1] is None:
            found.add(self.last)
        return sorted(found, key=lambda point: point[0])


class Trend:
    """Times in seconds; what comes out of order is left out."""

    def __init__(self, span: float, most: int) -> None:
        self._span = span
        self._width = span / (most / 3 - 2)  # at most three points each, and two stretches that are begun
        self._stretches: deque[_Stretch] = deque()

    def add(self, time: float, value: float | None, mark: int = 0) -> None:
        """Take a reading; None is a gap. `mark` counts readings, for `points`."""
        stretches = self._stretches
        newest = stretches[-1] if stretches else None
        if newest is not None and time < newest.last[0]:
            if newest.last[0] - time < self._span:
                return
            stretches.clear()  # the clock was set back, or one message had a wrong time
            newest = None
        begin = time // self._width * self._width
        if newest is not None and newest.begin == begin:
            newest.add((time, value), mark)
            return
        stretches.append(_Stretch(begin, (time, value), mark))
        while stretches[0].begin < begin - self._span:
            stretches.popleft()

    def points(self, after: int = -1) -> tuple[list[float], list[float | None]]:
        """Return times and values, the oldest first; of stretches alone that a reading beyond this mark has changed."""
        times: list[float] = []
        values: list[float | None] = []
        last = len(self._stretches) - 1
        for i, stretch in enumerate(self._stretches):
            if stretch.mark > after:
                for time, value in stretch.points(i == last):
                    times.append(time)
                    values.append(value)
        return times, values
