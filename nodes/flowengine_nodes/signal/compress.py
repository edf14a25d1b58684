"""The transform `signal/compress`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from flowengine import Message, Port, unit
from flowengine_nodes.signal.readings import PerTopic, elapsed, usable
from flowengine_nodes.timing.held import message_of


class Compress(PerTopic, type="signal/compress"):
    """Keep only the readings that are needed to draw a signal again: swinging-door compression.

    A reading is left out when the straight line between the readings that leave, before and after it, passes it within
    `deviation`: whoever joins the dots is never further off than that. So the reading that leaves is always one of
    before, held back until a newer one shows that it is needed; a step, a peak and the begin of a ramp stay where they
    were. At least one leaves in `longest` seconds.

    The first reading leaves at once. So does one whose quality differs from that of the one before, after the last one
    that was held; bad readings in a row leave once. A message that is no number is refused. A reading older than the
    last one is refused as late; after a clock set back by over a minute it begins anew. Each topic is a signal of its
    own. What is held is kept over restarts and leaves when the flow stops. Source: Bristol, Swinging door trending
    (1990), with the condition that the line itself, not only its door, passes all readings.

    Example: deviation 0.2 for a temperature in front of a historian: a tenth of the rows, none off by over 0.2 degrees.
    """

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "Those that are needed"),)

    deviation: Annotated[
        float, Meta(description="How far a reading left out may be from the line, in its own unit", ge=0)
    ] = 0.5
    longest: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Time between two readings that leave, at most; empty: no limit", extra_json_schema=unit("s")),
    ] = 600.0

    def __post_init__(self) -> None:
        self._came = self._left = 0

    def process(self, msg: Message) -> list[Message] | None:
        """Let the reading held leave, if the line to this one would pass too far from others."""
        value = usable(msg.payload, msg.quality)
        quality = "bad" if value is None else msg.quality
        door = self.memory.get(msg.topic)
        self._came += 1
        if door is None:
            self.remember(msg.topic, door := {"quality": ""})
        elif quality == "bad" == door["quality"]:
            return None
        if quality != door["quality"] or value is None:
            sent = self._release(door)
            self._begin(door, msg, value, quality)
            return self._say([*sent, msg if quality == msg.quality else msg.replace(payload=None, quality="bad")])
        seconds = elapsed(door["last"], msg.time)
        if not seconds:
            sent = self._release(door)
            self._begin(door, msg, value, quality)
            return self._say([*sent, msg])
        sent = []
        if not self._fits(door, value, msg.time):
            sent = self._release(door)  # it is the new pivot, and this reading the first behind it
        self._narrow(door, value, msg.time)
        door["held"], door["last"] = msg, msg.time
        return self._say(sent)

    def flush(self) -> list[Message]:
        """Return what is held."""
        return [msg for door in self.memory.values() for msg in self._release(door)]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        super().restore(state)
        for door in self.memory.values():
            if door.get("held") is not None:
                door["held"] = message_of(door["held"])

    def _begin(self, door: dict[str, Any], msg: Message, value: float | None, quality: str) -> None:
        door.update(quality=quality, last=msg.time, time=msg.time, value=value, low=-math.inf, high=math.inf, held=None)

    def _release(self, door: dict[str, Any]) -> list[Message]:
        held = door.get("held")
        if held is None:
            return []
        self._begin(door, held, usable(held.payload, held.quality), held.quality)
        return [held]

    def _fits(self, door: dict[str, Any], value: float, time: float) -> bool:
        """Say whether the line from the pivot to a reading passes all in between within the deviation."""
        since = time - door["time"]
        if door["held"] is None:
            return True
        if self.longest is not None and since > self.longest:
            return False
        return bool(door["low"] <= (value - door["value"]) / since <= door["high"])

    def _narrow(self, door: dict[str, Any], value: float, time: float) -> None:
        """Lines from the pivot must pass this reading, too."""
        since = time - door["time"]
        door["low"] = max(door["low"], (value - self.deviation - door["value"]) / since)
        door["high"] = min(door["high"], (value + self.deviation - door["value"]) / since)

    def _say(self, sent: list[Message]) -> list[Message] | None:
        if not sent:
            return None
        self._left += len(sent)
        self.status("ok", f"{self._left} of {self._came} kept")
        return sent
