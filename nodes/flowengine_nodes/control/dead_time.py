"""A signal that comes out later: what is on its way through a dead time."""

from __future__ import annotations

from typing import Any

MOST = 10_000
"""Points on their way at most; the oldest go first."""


class DeadTime:
    """Delays a signal given at uneven times; between two points it goes in a straight line."""

    def __init__(self, seconds: float, kept: list[Any] | None = None) -> None:
        """Begin empty, or with what `kept` held."""
        self.seconds = seconds
        self.kept: list[Any] = [] if kept is None else kept
        """Points on their way, time and value, and the one before."""

    def update(self, time: float, value: float) -> float:
        """Take in a point and return the value of one dead time ago; before the first point it stood at that."""
        if not self.seconds:
            return value
        points = self.kept
        if points and time <= points[-1][0]:
            points[-1] = [points[-1][0], value]
        else:
            points.append([time, value])
        moment, gone = time - self.seconds, 0
        while gone + 1 < len(points) and (points[gone + 1][0] <= moment or len(points) - gone > MOST):
            gone += 1
        if gone:
            del points[:gone]
        begin = points[0]
        if len(points) == 1 or moment <= begin[0]:
            return float(begin[1])
        end = points[1]
        return float(begin[1] + (end[1] - begin[1]) * (moment - begin[0]) / (end[0] - begin[0]))
