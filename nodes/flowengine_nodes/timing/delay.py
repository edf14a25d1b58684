"""The transform `timing/delay`."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, State, Transform, only_with, unit
from flowengine_nodes.timing.held import Held, WhenFull


class Delay(Transform, type="timing/delay"):
    """Hold every message back for a while.

    For a fixed time, for the time that the message itself names (`msg.delay`), or for a random time. Messages that
    fall due together leave in the order they came. A message with the property `reset` drops everything that is held;
    one with `flush` sends everything at once (`flush: 3`: the next three). Neither is passed on itself.

    At most `size` messages are held; one too many becomes a dead letter, and so does what is held when the flow stops.
    What is held is kept over a crash, with the time it still had to wait.

    Example: mode fixed, delay 5 passes each message on five seconds later.
    """

    mode: Annotated[Literal["fixed", "message", "random"], Meta(description="Where the time comes from")] = "fixed"
    delay: Annotated[
        float,
        Meta(
            description="How long; with mode message: for messages that name no time",
            ge=0,
            extra_json_schema=unit("s"),
        ),
        only_with(mode="fixed"),
    ] = 5.0
    property: Annotated[
        str, Meta(description="With mode message: the property that holds the time"), only_with(mode="message")
    ] = "delay"
    property_unit: Annotated[
        Literal["s", "ms"], Meta(description="Unit of that property"), only_with(mode="message")
    ] = "s"
    shortest: Annotated[
        float,
        Meta(description="With mode random: at least", ge=0, extra_json_schema=unit("s")),
        only_with(mode="random"),
    ] = 1.0
    longest: Annotated[
        float,
        Meta(description="With mode random: at most", ge=0, extra_json_schema=unit("s")),
        only_with(mode="random"),
    ] = 5.0
    seed: Annotated[
        int | None, Meta(description="With mode random: makes the times repeatable"), only_with(mode="random")
    ] = None
    size: Annotated[int, Meta(description="Messages held at most", ge=1, le=1_000_000), ADVANCED] = 10_000
    full: Annotated[WhenFull, Meta(description="Which message is dropped when there is one too many"), ADVANCED] = (
        "drop-oldest"
    )
    held: State[list[Any]] = []

    def __post_init__(self) -> None:
        if self.mode == "random" and self.longest < self.shortest:
            raise ValueError(f"longest ({self.longest:g} s) must not be less than shortest ({self.shortest:g} s)")
        self._random = random.Random(self.seed)
        self._held: Held | None = None

    async def start(self) -> None:
        """Take up what was held before a restart."""
        self._held = Held(self.clock, self.emit, self.runtime.fail, self.size, self.full)
        self._held.restore(self.held)
        self.held = []

    async def stop(self) -> None:
        """Stop the timer."""
        if self._held is not None:
            self._held.cancel()

    def process(self, msg: Message) -> list[Message] | None:
        """Hold the message, or obey `msg.reset` and `msg.flush`."""
        assert self._held is not None
        properties = msg.properties
        if properties:
            if "reset" in properties:
                self._held.take()
                return None
            if "flush" in properties:
                return self._held.take(flush_count(properties["flush"]))
        self._held.add(msg, self.delay if self.mode == "fixed" else self._seconds(msg))
        return None

    def unsent(self) -> list[Message]:
        """Hand over what is held: the flow stops before it is due."""
        return self._held.take() if self._held is not None else []

    def state(self) -> dict[str, Any]:
        """Return what is held, each message with the time when it is due."""
        return {"held": self._held.waiting() if self._held is not None else self.held}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was held; `start` sets it going."""
        self.held = list(state.get("held", []))

    def _seconds(self, msg: Message) -> float:
        if self.mode == "random":
            return self._random.uniform(self.shortest, self.longest)
        seconds = msg.get(self.property)
        return self.delay if seconds is None else seconds_of(seconds, self.property, self.property_unit)


def flush_count(value: Any) -> int | None:
    """Return how many messages `msg.flush` asks for; None: all of them."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def seconds_of(value: Any, name: str, time_unit: Literal["s", "ms"]) -> float:
    """Return the time that the property `name` of a message asks for, in seconds.

    Raises:
        BadData: it is no number, less than 0 or without end.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise BadData(f"msg.{name} is {value!r:.60}; expected a time of 0 {time_unit} or more")
    return value / 1000 if time_unit == "ms" else float(value)
