"""What signal nodes agree on: which readings count, how time passes between them, one memory for each topic.

A node that turns each number into another one is a `Filter`: it says how a memory begins and how it goes on. Bad
readings, doubt, late readings and the bound on topics are the same for all of them and live here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from flowengine import ADVANCED, BadData, Inline, Message, Port, State, Transform
from flowengine_nodes.values.convert import number, shown

Step = Callable[..., float | None]
"""Takes a reading and (see `Filter.timed`) its time, and gives the result, if there is one."""

LARGEST = 1e150
"""The largest number that is a reading: squares of such are finite, and so is all that nodes make of them."""

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
"""How long the units of time are in which rates are told."""

LATE = 60.0
"""Seconds by which a reading may be older than the one before and count as late; older: the clock was set back."""

GOOD = f"payload.__class__ is float and payload <= {LARGEST} and payload >= {-LARGEST} and quality == 'good'"
"""The usual reading, for chains: a float that nobody doubts."""

FORGOTTEN = 0.01
"""The weight below which a reading no longer counts as part of a result that never forgets."""


def usable(payload: Any, quality: str) -> float | None:
    """Return a reading as a number; None: it is bad, not finite, or beyond what any sensor means.

    Raises:
        BadData: it says that it is not bad, and is no number.
    """
    if quality == "bad":
        return None
    value: float = payload if payload.__class__ is float else number(payload)
    return value if -LARGEST <= value <= LARGEST else None


def quantity(payload: Any) -> float:
    """Return one value of several as a number.

    Raises:
        BadData: it is no number, or beyond what any sensor means.
    """
    value = number(payload)
    if not -LARGEST <= value <= LARGEST:
        raise BadData(f"{shown(payload)} is beyond any measure")
    return value


def trusted(msg: Message) -> Any:
    """Return what somebody sets or commands.

    Raises:
        BadData: its quality is bad.
    """
    if msg.quality == "bad":
        raise BadData(f"{shown(msg.payload)} is of bad quality: what was set before stays")
    return msg.payload


def setting(msg: Message) -> float:
    """Return the number that somebody sets: a setpoint, an output by hand, a ratio.

    Raises:
        BadData: its quality is bad, it is no number, or beyond what any sensor means.
    """
    return quantity(trusted(msg))


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


class Lane(NamedTuple):
    """One topic of a filter, in variables of its own: they are faster than items of a list."""

    step: Step
    memory: Callable[[], list[Any]]
    """Gives what is to be remembered, as `Filter.begin` does."""


class Filter(PerTopic):
    """A number in, a number out: `begin` makes a topic's memory of its first reading, `lane` goes on with it."""

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "The result"),)

    suspect: State[dict[str, float]] = {}
    """Topic -> until when its results are uncertain: so many more readings, or a time."""

    timed = True
    """Whether steps are given the time of a reading; it is faster not to."""
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

    def lane(self, memory: list[Any]) -> Lane:
        """Return how a topic goes on from what is remembered of it: by `step`, or faster."""
        return Lane(partial(self.step, memory), lambda: memory)

    def process(self, msg: Message) -> Message:
        """Return the result for a reading."""
        payload = self.result(msg.payload, msg.topic, msg.time, msg.quality)
        quality: Any = msg.quality
        if payload is None or quality != "good" or self.suspect:
            quality = self.judge(payload, msg.topic, msg.time, quality)
        return Message(payload, msg.topic, msg.time, quality, msg.id, msg.properties)

    def inline(self) -> Inline | None:
        """Return the step for the usual reading: a number of a known topic whose results are beyond doubt."""
        return Inline(
            known={"step": (self._sure, "topic")},
            usual=f"{GOOD} and step is not None",
            payload="step(payload, time)" if self.timed else "step(payload)",
            quality="'good'",
        )

    @cached_property
    def _lanes(self) -> dict[str, Lane]:
        """The topics that are known."""
        return {}

    @cached_property
    def _sure(self) -> dict[str, Step]:
        """Of those, the steps of the ones that no uncertain reading is in."""
        return {topic: lane.step for topic, lane in self._lanes.items() if topic not in self.suspect}

    def state(self) -> dict[str, Any]:
        """Return what is remembered."""
        for topic, lane in self._lanes.items():
            self.memory[topic] = lane.memory()
        return super().state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned.

        Raises:
            ValueError: a node with other options remembered it, and these can make nothing of it.
        """
        lanes = {topic: self.lane(memory) for topic, memory in state.get("memory", {}).items()}
        super().restore(state)
        self._lanes = lanes
        if not self.doubtful_seconds:
            self.suspect = {topic: min(readings, self.doubtful_readings) for topic, readings in self.suspect.items()}

    def result(self, payload: Any, topic: str, time: float, quality: str) -> float | None:
        """Return the new payload; None for a bad reading."""
        payload = usable(payload, quality)
        if payload is None:
            return None
        lane = self._lanes.get(topic)
        if lane is not None:
            return lane.step(payload, time) if self.timed else lane.step(payload)
        memory, first = self.begin(payload, time)
        self.remember(topic, memory)
        lane = self._lanes[topic] = self.lane(memory)
        if topic not in self.suspect:
            self._sure[topic] = lane.step
        return first

    def judge(self, payload: Any, topic: str, time: float, quality: str) -> str:
        """Return the quality of a result: bad without one, uncertain while an uncertain reading is in it."""
        if payload is None:
            return "bad"
        seconds = self.doubtful_seconds
        if quality == "uncertain":
            self.suspect[topic] = time + seconds if seconds else self.doubtful_readings
            self._sure.pop(topic, None)
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
            self._sure[topic] = self._lanes[topic].step
        return quality if over else "uncertain"
