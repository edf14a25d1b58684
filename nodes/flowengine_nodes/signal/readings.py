"""What signal nodes agree on: which readings count, how time passes between them, one memory for each topic.

A node that turns each number into another one is a `Filter`: it says how a memory begins and how it goes on. Bad
readings, doubt, late readings and the bound on topics are the same for all of them and live here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Inline, Message, Port, State, Transform
from flowengine_nodes.values.convert import number

Step = Callable[[list[Any], float, float], float]
"""`Filter.step`: takes a memory, a reading and its time."""

LATE = 60.0
"""Seconds by which a reading may be older than the one before and count as late; older: the clock was set back."""

FORGOTTEN = 0.01
"""The weight below which a reading no longer counts as part of a result that never forgets."""


def usable(payload: Any, quality: str) -> float | None:
    """Return a reading as a number; None: it is bad, or not finite.

    Raises:
        BadData: it says that it is not bad, and is no number.
    """
    if quality == "bad" or (payload.__class__ is float and payload - payload != 0.0):
        return None
    return number(payload)


def elapsed(last: float, time: float) -> float | None:
    """Return the seconds from the last reading to this one; None: the clock was set back, by more than `LATE`.

    Raises:
        BadData: the reading is late.
    """
    seconds = time - last
    if seconds >= 0.0:
        return seconds
    if seconds < -LATE:
        return None
    raise BadData(f"the reading is late: {-seconds:.6g} s older than the one before")


class PerTopic(Transform):
    """A transform with a memory for each topic."""

    most_topics: Annotated[
        int, Meta(description="Topics at most; a message of one more is refused", ge=1), ADVANCED
    ] = 10_000
    memory: State[dict[str, Any]] = {}
    """Topic -> what the node remembers of it."""

    def remember(self, topic: str, memory: Any) -> None:
        """Begin a topic.

        Raises:
            BadData: it would be one too many.
        """
        if len(self.memory) >= self.most_topics and topic not in self.memory:
            raise BadData(f"topic '{topic:.80}' would be one more than {self.most_topics}: see option most_topics")
        self.memory[topic] = memory


class Filter(PerTopic):
    """A number in, a number out: `begin` makes a topic's memory of its first reading, `step` goes on with it."""

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "The result"),)

    suspect: State[dict[str, float]] = {}
    """Topic -> until when its results are uncertain: so many more readings, or a time."""

    doubtful_readings = 0
    """How many results after that of an uncertain reading still contain it."""
    doubtful_seconds = 0.0
    """For how long they do, where that is a time."""

    def begin(self, value: float, time: float) -> tuple[list[Any], float]:
        """Return the memory after the first reading, and the result."""
        raise NotImplementedError

    def step(self, memory: list[Any], value: float, time: float) -> float:
        """Take a reading into the memory and return the result."""
        raise NotImplementedError

    def process(self, msg: Message) -> Message:
        """Return the result for a reading."""
        payload = self.result(msg.payload, msg.topic, msg.time, msg.quality)
        quality: Any = msg.quality
        if payload is None or quality != "good" or self.suspect:
            quality = self.judge(payload, msg.topic, msg.time, quality)
        return Message(payload, msg.topic, msg.time, quality, msg.id, msg.properties)

    def inline(self) -> Inline | None:
        """Return `step` for the usual reading, a number of a known topic, and `result` for the others."""
        return Inline(
            payload="step(memory[topic], payload, time)"
            " if payload.__class__ is float and payload - payload == 0.0"
            " and quality == 'good' and topic in memory and not suspect"
            " else formed(payload, topic, time, quality)",
            quality="quality if not doubt else doubt.pop()",
            names={
                "float": float,
                "memory": self.memory,
                "step": self.step,
                "formed": self._formed,
                "suspect": self.suspect,
                "doubt": self._doubt,
            },
        )

    def _formed(self, payload: Any, topic: str, time: float, quality: str) -> float | None:
        """Return the new payload, and leave behind its quality where that is not the reading's."""
        found = self.result(payload, topic, time, quality)
        judged = quality
        if found is None or quality != "good" or self.suspect:
            judged = self.judge(found, topic, time, quality)
        self._doubt[:] = () if judged == quality else (judged,)
        return found

    @cached_property
    def _doubt(self) -> list[str]:
        """The quality of what `_formed` has just returned, if it is another than that of the reading."""
        return []

    def result(self, payload: Any, topic: str, time: float, quality: str) -> float | None:
        """Return the new payload; None for a bad reading."""
        if payload.__class__ is not float or payload - payload != 0.0 or quality == "bad":
            payload = usable(payload, quality)
            if payload is None:
                return None
        memory = self.memory.get(topic)
        if memory is not None:
            return self.step(memory, payload, time)
        memory, first = self.begin(payload, time)
        self.remember(topic, memory)
        return first

    def judge(self, payload: Any, topic: str, time: float, quality: str) -> str:
        """Return the quality of a result: bad without one, uncertain while an uncertain reading is in it."""
        if payload is None:
            return "bad"
        seconds = self.doubtful_seconds
        if quality == "uncertain":
            self.suspect[topic] = time + seconds if seconds else self.doubtful_readings
            return quality
        until = self.suspect.get(topic)
        if until is None:
            return quality
        if seconds:
            over = not until - seconds - LATE <= time < until
        else:
            over = until <= 0
            self.suspect[topic] = until - 1
        if over:
            del self.suspect[topic]
        return quality if over else "uncertain"
