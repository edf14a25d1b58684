"""node-red-node-smooth."""

from __future__ import annotations

import math
from collections import deque
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

MOST_TOPICS = 100_000


class _Series:
    """The numbers of one topic."""

    def __init__(self) -> None:
        self.numbers: deque[float] = deque()
        self.total = self.squares = self.left = 0.0
        self.filtered: float | None = None
        self.count = 0


class Smooth(RedTransform, type="nodered/smooth"):
    """Give the mean, minimum, maximum or standard deviation of the last values, or filter them, low or high pass.

    It does what the smooth node of node-red-node-smooth does. `msg.reset` begins anew; what is no number goes no
    further.
    """

    red: ClassVar[str] = "smooth"

    action: Annotated[
        Literal["mean", "max", "min", "sd", "low", "high"],
        Meta(description="mean, max, min, sd: of the last values; low, high: pass of the first order"),
    ] = "mean"
    count: Annotated[
        int, Meta(description="How many values; for low and high: the smoothing factor", ge=1, le=100_000)
    ] = 10
    round: Annotated[str, Meta(description="Digits after the point; empty: as many as there are")] = ""
    mult: Annotated[Literal["single", "multi"], Meta(description="multi: each topic for itself")] = "single"
    reduce: Annotated[bool, Meta(description="Send one message for every `count` that come")] = False
    property: Annotated[str, Meta(description="The value")] = "payload"

    def begin(self) -> None:
        """Know nothing yet."""
        self._series: dict[str, _Series] = {}

    def receive(self, msg: Msg) -> None:
        """Send the value that stands for the last ones."""
        value = properties.get(msg, self.property or "payload")
        topic = msg.get("topic", MISSING)
        key = js.text(topic) if self.mult == "multi" and js.truthy(topic) else ""
        if key not in self._series or "reset" in msg:
            if len(self._series) >= MOST_TOPICS and key not in self._series:
                raise RedError(f"more than {MOST_TOPICS} topics")
            self._series[key] = _Series()
        number = js.number(value) if value is not MISSING else math.nan
        if number != number:
            return
        series = self._series[key]
        series.count += 1
        made = self._made(series, number)
        if self.round != "":
            scale = 10 ** int(js.number(self.round))
            made = math.floor(made * scale + 0.5) / scale
        if not self.reduce or self.action in ("low", "high") or series.count == self.count:
            series.count = 0
            properties.put(msg, self.property or "payload", js.narrow(made))
            self.send(msg)

    def _made(self, series: _Series, number: float) -> float:
        if self.action in ("low", "high"):
            before = number if series.filtered is None else series.filtered
            series.filtered = before + (number - before) / self.count
            return series.filtered if self.action == "low" else number - series.filtered
        numbers = series.numbers
        numbers.append(number)
        if len(numbers) > self.count:
            series.left = numbers.popleft()
        if self.action == "max":
            return max(numbers)
        if self.action == "min":
            return min(numbers)
        series.total += number - series.left
        size = len(numbers)
        if self.action == "mean":
            return series.total / size
        series.squares += number * number - series.left * series.left
        if size < 2:
            return 0.0
        spread = size * series.squares - series.total * series.total
        return math.sqrt(spread / (size * (size - 1))) if spread >= 0 else math.nan
