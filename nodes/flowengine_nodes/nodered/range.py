"""Node-RED's range node."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

Number = Annotated[float | str, Meta(description="A number")]


class Range(RedTransform, type="nodered/range"):
    """Map a number from one range to another.

    Its options have Node-RED's names, and it does what Node-RED's range node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "range"

    action: Annotated[Literal["scale", "clamp", "roll", "drop"], Meta(description="What becomes of one outside")] = (
        "scale"
    )
    round: Annotated[bool, Meta(description="Round to whole numbers")] = False
    minin: Number = 0
    maxin: Number = 100
    minout: Number = 0
    maxout: Number = 100
    property: Annotated[str, Meta(description="The property that holds the number")] = "payload"

    def begin(self) -> None:
        """Read the bounds."""
        self._in = js.number(self.minin), js.number(self.maxin)
        self._to = js.number(self.minout), js.number(self.maxout)

    def receive(self, msg: Msg) -> None:
        """Map the number."""
        value = properties.get(msg, self.property or "payload")
        if value is MISSING:
            self.send(msg)
            self.finished(msg)
            return
        n: Any = js.number(value)
        if n != n:
            self.log.info("Not a number: %s", js.text(value))
            self.finished(msg)
            return
        low, high = self._in
        if self.action == "drop" and not min(low, high) <= n <= max(low, high):
            self.finished(msg)
            return
        if self.action == "clamp":
            n = min(max(n, min(low, high)), max(low, high))
        elif self.action == "roll":
            least, span = min(low, high), abs(high - low)
            n = (math.fmod(math.fmod(n - least, span) + span, span) + least) if span else math.nan
        span = high - low
        result = (n - low) / span * (self._to[1] - self._to[0]) + self._to[0] if span else math.nan
        if self.round and math.isfinite(result):
            result = math.floor(result + 0.5)
        properties.put(msg, self.property or "payload", js.narrow(result))
        self.send(msg)
        self.finished(msg)
