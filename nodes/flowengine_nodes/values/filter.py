"""Report by exception: pass a message on only if its value has changed enough."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, State, Transform, only_with
from flowengine_nodes.values.convert import as_text, number
from flowengine_nodes.values.properties import MISSING, reader

_BANDS = only_with(mode=("deadband", "deadband_eq", "narrowband", "narrowband_eq"))


class Filter(Transform, type="values/filter"):
    """Let a message pass only if its value has changed (report by exception), or has changed enough.

    - rbe: block unless the value changes; rbei: the same, and the first value is blocked too
    - deadband: block unless the value changes by more than the gap; deadband_eq: by the gap or more
    - narrowband: block if the value changes by more than the gap; narrowband_eq: by the gap or more

    Each topic is watched by itself. The change is taken from the last value that passed (`compare_to` output) or the
    last that came (input); with `percent` the gap is in percent of that value. A message with a `reset` property
    makes the node forget its topic, or everything if it has no topic; a message without the property is dropped.
    Deadband and narrowband need numbers: anything else is bad data.

    A message whose quality differs from that of the one before it always passes, so that a reading that goes bad is
    reported although its value stands still (unless `quality` is off). The value of a bad reading counts for nothing
    else.

    Example: deadband with gap 0.5 passes 20.0, blocks 20.3, passes 20.6.
    """

    mode: Annotated[
        Literal["rbe", "rbei", "deadband", "deadband_eq", "narrowband", "narrowband_eq"],
        Meta(description="When to let a message pass"),
    ] = "rbe"
    gap: Annotated[
        float,
        Meta(description="How much of a change counts, in the value's own unit or in percent", ge=0),
        _BANDS,
    ] = 0
    percent: Annotated[
        bool,
        Meta(description="The gap is in percent of the value compared with"),
        _BANDS,
    ] = False
    start_value: Annotated[
        float | None,
        Meta(description="narrowband: the value to compare the first one with; left out: itself"),
        only_with(mode=("narrowband", "narrowband_eq")),
    ] = None
    compare_to: Annotated[
        Literal["output", "input"],
        Meta(description="Compare with the last value that passed, or the last that came"),
        _BANDS,
    ] = "output"
    property: Annotated[str, Meta(description="Which property to watch: a path such as payload.level")] = "payload"
    separate_topics: Annotated[bool, Meta(description="Watch each topic by itself")] = True
    topic_property: Annotated[str, Meta(description="Which property tells topics apart"), ADVANCED] = "topic"
    most_topics: Annotated[
        int, Meta(description="Topics remembered at most; the one unseen for longest is forgotten", ge=1), ADVANCED
    ] = 10_000
    quality: Annotated[bool, Meta(description="Let every message pass whose quality has changed"), ADVANCED] = True
    last: State[dict[str, Any]] = {}
    suspect: State[dict[str, str]] = {}
    """Topics whose last message was not good, with its quality."""

    def __post_init__(self) -> None:
        """Make the property paths ready."""
        self._read = reader(self.property)
        self._topic = reader(self.topic_property)
        self._by_change = self.mode in ("rbe", "rbei")
        self._dead = self.mode in ("deadband", "deadband_eq")
        self._at_gap = self.mode in ("deadband_eq", "narrowband")

    def process(self, msg: Message) -> Message | None:
        """Compare and remember."""
        topic = self._key(msg)
        if "reset" in msg.properties:
            if topic:
                self.last.pop(topic, None)
            else:
                self.last.clear()
        value = self._read(msg)
        if value is MISSING:
            return None
        turned = False
        if self.quality and (msg.quality != "good" or self.suspect):
            turned = self._turned(topic, msg.quality)
            if msg.quality == "bad":
                return msg if turned else None
        before = self.last.pop(topic, MISSING)
        try:
            if self._by_change:
                passes, kept = self._changed(value, before), value
            else:
                passes, kept = self._banded(number(value), before)
        except BaseException:
            if before is not MISSING:
                self.last[topic] = before
            raise
        self.last[topic] = self._value(value) if turned and not passes else kept
        if len(self.last) > self.most_topics:
            del self.last[next(iter(self.last))]
        return msg if passes or turned else None

    def _key(self, msg: Message) -> str:
        if not self.separate_topics:
            return ""
        topic = self._topic(msg)
        return topic if topic.__class__ is str else "" if topic is MISSING else as_text(topic)

    def _turned(self, topic: str, quality: str) -> bool:
        """Say whether the quality of a topic has changed, and remember it; good is what every topic begins with."""
        if self.suspect.get(topic, "good") == quality:
            return False
        self.suspect.pop(topic, None)
        if quality != "good":
            self.suspect[topic] = quality
            if len(self.suspect) > self.most_topics:
                del self.suspect[next(iter(self.suspect))]
        return True

    def _value(self, value: Any) -> Any:
        return value if self._by_change else number(value)

    def _changed(self, value: Any, before: Any) -> bool:
        if before is MISSING:
            return self.mode == "rbe"
        return not same(value, before)

    def _banded(self, value: float, before: Any) -> tuple[bool, float]:
        """Say whether a number passes, and what the next one is compared with."""
        if before is MISSING:
            if self._dead:
                return True, value
            before = value if self.start_value is None else self.start_value
        gap = abs(before) * self.gap / 100 if self.percent else self.gap
        change = abs(value - before)
        passes = (change > gap if self._dead else change < gap) or (self._at_gap and change == gap)
        return passes, value if passes or self.compare_to == "input" else before


def same(a: Any, b: Any) -> bool:
    """Say whether two JSON values are equal; unlike in Python, true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)
