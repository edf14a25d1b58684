"""The transform `signal/savitzky-golay`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message, Port, Quality
from flowengine_nodes.signal.polynomial import fitted
from flowengine_nodes.signal.readings import SECONDS, PerTopic, elapsed, usable


class SavitzkyGolay(PerTopic, type="signal/savitzky-golay"):
    """Smooth a signal but keep its peaks, or take its derivative: a polynomial through the last readings.

    Through the last `count` readings goes the polynomial of degree `degree` that fits them best; its value is the
    result, or its first or second derivative. At the `end` the result is that of the newest reading, without delay; in
    the `middle` it is smoother, and is that of the reading in the middle of the window, whose time it carries. The
    distances between readings may be uneven: the fit uses their times. Nothing is sent before `count` readings are
    there.

    A bad reading does not count and leaves empty, with quality bad. An uncertain one counts, and results are uncertain
    as long as it is in the window. Each topic is a signal of its own. A reading that is no newer than the last one
    is refused; after a clock set back by over a minute the window begins anew. Source: Savitzky and Golay, Analytical
    Chemistry 36 (1964) 1627; the fit by orthogonal polynomials is that of Forsythe, J. SIAM 5 (1957) 74.

    Example: count 11, degree 2, derivative first: how fast a temperature rises, in degrees per second.
    """

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "The result"),)

    count: Annotated[int, Meta(description="Readings in the window", ge=3, le=501)] = 11
    degree: Annotated[int, Meta(description="Degree of the polynomial; less than count", ge=0, le=8)] = 2
    derivative: Annotated[
        Literal["none", "first", "second"], Meta(description="Send the smoothed value, or how fast it changes")
    ] = "none"
    per: Annotated[Literal["s", "min", "h"], Meta(description="Time unit of the derivatives")] = "s"
    at: Annotated[Literal["end", "middle"], Meta(description="For which reading of the window the result is")] = "end"

    def __post_init__(self) -> None:
        if self.degree >= self.count:
            raise ValueError(f"degree ({self.degree}) must be less than count ({self.count})")
        self._order = ("none", "first", "second").index(self.derivative)
        self._place = self.count - 1 if self.at == "end" else self.count // 2

    def process(self, msg: Message) -> Message | None:
        """Return the value of the polynomial through the last readings."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return msg.replace(payload=None, quality="bad")
        window = self.memory.get(msg.topic)
        if window is None:
            self.remember(msg.topic, window := [])
        if window:
            seconds = elapsed(window[-1][0], msg.time)
            if seconds is None:
                window.clear()
            elif seconds == 0.0:
                raise BadData("the reading has the time of the one before: a polynomial needs different times")
        window.append([msg.time, value, msg.quality == "uncertain"])
        del window[: -self.count]
        if len(window) < self.count:
            return None
        time = window[self._place][0]
        # To the microsecond: a clock's rounding would make every window a new one.
        places = [round(t - time, 6) for t, _, _ in window]
        if len(set(places)) < self.count:
            raise BadData("the reading has the time of the one before: a polynomial needs different times")
        result = fitted(places, [v for _, v, _ in window], self.degree, self._order)
        quality: Quality = "uncertain" if any(doubtful for _, _, doubtful in window) else "good"
        return msg.replace(
            payload=result * SECONDS[self.per] ** self._order,
            time=time,
            quality=quality,
            properties=self._properties(msg),
        )

    def _properties(self, msg: Message) -> dict[str, Any]:
        known = msg.properties.get("unit")
        if not self._order or not isinstance(known, str):
            return msg.properties
        return {**msg.properties, "unit": f"{known}/{self.per}" + ("²" if self._order == 2 else "")}
