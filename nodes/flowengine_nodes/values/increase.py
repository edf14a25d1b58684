"""How much a counter has gone up since its last reading."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import BadData, Message, State, Transform
from flowengine_nodes.values.convert import as_text, number, shown
from flowengine_nodes.values.properties import MISSING, reader, writer

LARGEST = 1e150
"""What a counter shows at most: whatever lies between two readings is a number."""


class Increase(Transform, type="values/increase"):
    """Turn the reading of a counter into what has been added since the reading before.

    Counters of pieces, energy or flow begin again at 0 when they are full (`roll_over`), and when the machine is
    switched off. The first is counted through; an increase of more than `most` is taken for the second, and gives 0.
    The first reading only gives something to compare with and ends here. Each topic is a counter of its own.

    A bad reading passes on with an empty value, so that a window can count it; what was made meanwhile is in the next
    increase. Sums of increases over a minute are a rate per minute: see windows/window.

    Example: roll_over 1000000 makes 1 of 999999 followed by 0, and 3 of 0 followed by 3.
    """

    roll_over: Annotated[
        float | None, Meta(description="The counter shows 0 in place of this; empty: it never rolls over", gt=0)
    ] = None
    most: Annotated[
        float | None,
        Meta(description="A greater increase means that the counter has begun anew; empty: no limit", gt=0),
    ] = None
    property: Annotated[str, Meta(description="Which property holds the counter: a path such as payload.pieces")] = (
        "payload"
    )
    most_topics: Annotated[
        int, Meta(description="Topics remembered at most; the one unseen for longest is forgotten", ge=1)
    ] = 10_000
    last: State[dict[str, Any]] = {}
    """The last good reading of each topic."""

    def __post_init__(self) -> None:
        """Make the property path ready."""
        if self.roll_over is not None and self.most is not None and self.most >= self.roll_over:
            raise ValueError(f"most ({self.most:g}) must be less than roll_over ({self.roll_over:g})")
        self._read = reader(self.property)
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message | None:
        """Compare with the reading before."""
        raw = self._read(msg)
        if raw is MISSING:
            raise BadData(f"the message has no {self.property}")
        if msg.quality == "bad":
            return self._write(msg, None)
        count = _exact(raw)
        topic = as_text(msg.topic)
        before = self.last.pop(topic, None)
        self.last[topic] = count
        if len(self.last) > self.most_topics:
            del self.last[next(iter(self.last))]
        if before is None:
            return None
        return self._write(msg, self._increase(before, count))

    def _increase(self, before: float, count: float) -> float:
        grown = count - before
        if grown < 0 and self.roll_over is not None:
            grown += self.roll_over
        if grown < 0 or (self.most is not None and grown > self.most):
            return 0
        return grown


def _exact(raw: Any) -> float:
    """Return a number, an integer as it is: a counter may have more digits than a float."""
    found: float = number(raw)
    if not -LARGEST <= found <= LARGEST:
        raise BadData(f"{shown(raw)} is no reading of a counter")
    return raw if raw.__class__ is int else found
