"""The transform `signal/moving-average`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import only_with, unit
from flowengine_nodes.signal.readings import Filter, Lane, elapsed

MOST = 10_000
"""Readings in a window by time at most."""


class MovingAverage(Filter, type="signal/moving-average"):
    """Smooth a noisy signal by the mean of the last readings: rolling mean.

    The window holds the last `count` readings, or those of the last `seconds`. Until it is full the mean is that of
    what has come so far. By time, `weigh` says what counts: each reading as much as any other, or each for as long as
    it stood, which is right for readings at uneven distances.

    A bad reading does not enter the window and leaves empty, with quality bad. An uncertain one does, and results are
    uncertain as long as it is in the window. Each topic is a signal of its own. By time, a reading older than the last
    one is refused as late; after a clock set back by over a minute the window begins anew. It holds 10,000 readings at
    most; then the oldest leave early.

    Example: by count, count 5: 1, 2, 3, 4, 5, 6 become 1, 1.5, 2, 2.5, 3, 4.
    """

    by: Annotated[Literal["count", "time"], Meta(description="Length of the window as a number or as a time")] = "count"
    count: Annotated[int, Meta(description="Readings in the window", ge=1, le=100_000), only_with(by="count")] = 10
    seconds: Annotated[
        float, Meta(description="Length of the window", gt=0, extra_json_schema=unit("s")), only_with(by="time")
    ] = 60.0
    weigh: Annotated[
        Literal["readings", "time"],
        Meta(description="Each reading counts the same, or for as long as it stood"),
        only_with(by="time"),
    ] = "readings"

    def __post_init__(self) -> None:
        self.timed = self.by == "time"
        if self.timed:
            self.doubtful_seconds = self.seconds
        else:
            self.doubtful_readings = self.count - 1

    def begin(self, value: float, time: float) -> tuple[list[Any], float]:
        """Begin with the first reading."""
        return ([value, 1, [value]] if self.by == "count" else [value, [time], [value], 0]), value

    def lane(self, memory: list[Any]) -> Lane:
        """Go on with a window.

        Raises:
            ValueError: it is one of the other kind.
        """
        if (len(memory) == 3) != (self.by == "count"):
            raise ValueError("a window by count and one by time have nothing in common")
        return self._by_count(*memory) if self.by == "count" else super().lane(memory)

    def step(self, memory: list[Any], value: float, time: float) -> float:
        """Take a reading into a window by time."""
        return self._weighted(memory, value, time) if self.weigh == "time" else self._by_time(memory, value, time)

    def _by_count(self, total: float, at: int, ring: list[float]) -> Lane:
        # The newest readings end before `at`, where the oldest one stands as soon as the ring is full.
        count, length = self.count, float(self.count)
        if len(ring) > count or at < len(ring) < count:  # a deploy has made the window shorter, or longer
            ring = (ring[at:] + ring[:at])[-count:]
            total, at = sum(ring), len(ring)
        end = count if len(ring) == count else 0
        """Where a round ends; 0 while the ring is being filled."""

        def step(value: float) -> float:
            nonlocal total, at
            if at < end:
                total += value - ring[at]
                ring[at] = value
                at += 1
                return total / length
            return seldom(value)

        def seldom(value: float) -> float:
            nonlocal total, at, end
            if end:  # once a round the sum is taken anew, so that rounding does not add up
                ring[0] = value
                total = sum(ring)
                at = 1
                return total / length
            ring.append(value)
            total += value
            at += 1
            if at == count:
                end = count
            return total / at

        return Lane(step, lambda: [total, at, ring])

    def _by_time(self, memory: list[Any], value: float, time: float) -> float:
        self._enter(memory, value, time)
        total, times, values, since = memory
        edge, gone = time - self.seconds, 0
        while (times[gone] <= edge and gone + 1 < len(times)) or len(times) - gone > MOST:
            gone += 1
        total += value
        if gone:
            total -= math.fsum(values[:gone])
            del times[:gone], values[:gone]
        if since >= len(values):  # once a round the sum is taken anew, so that rounding does not add up
            total, since = math.fsum(values), 0
        memory[0], memory[3] = total, since + 1
        return float(total / len(values))

    def _weighted(self, memory: list[Any], value: float, time: float) -> float:
        self._enter(memory, value, time)
        _, times, values, _ = memory
        edge, gone = time - self.seconds, 0
        while (gone + 1 < len(times) and times[gone + 1] <= edge) or len(times) - gone > MOST:
            gone += 1  # the one before the window stays: it stood when the window began
        if gone:
            del times[:gone], values[:gone]
        begin = max(edge, times[0])
        if time == begin:
            return value
        starts = [begin, *times[1:]]
        stood = [(after - start) * held for start, after, held in zip(starts, starts[1:], values, strict=False)]
        return float(math.fsum(stood) / (time - begin))

    def _enter(self, memory: list[Any], value: float, time: float) -> None:
        if elapsed(memory[1][-1], time) is None:
            memory[:] = 0.0, [], [], 0
        memory[1].append(time)
        memory[2].append(value)
