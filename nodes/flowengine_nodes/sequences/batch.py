"""The transform `sequences/batch`."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, State, Transform, only_with, unit
from flowengine_nodes.sequences.parts import numbered
from flowengine_nodes.timing import due
from flowengine_nodes.timing.held import message_of


class Batch(Transform, type="sequences/batch"):
    """Group messages into sequences that sequences/join and sequences/sort understand.

    `count` makes a sequence of every so many messages, the last `overlap` of which begin the next one. `interval`
    makes one of all messages of each time span. `concat` waits until every one of `topics` has sent and makes one
    sequence of a message of each, in that order.

    A message with the property `reset` throws away what has been collected. When the flow stops, what is collected is
    sent as a shorter sequence with `msg.partial` true (concat: becomes dead letters). It is kept over a crash.

    Example: count 10, then join, writes ten readings to a database at once.
    """

    mode: Annotated[Literal["count", "interval", "concat"], Meta(description="What ends a sequence")] = "count"
    count: Annotated[int, Meta(description="Messages of a sequence", ge=1), only_with(mode="count")] = 10
    overlap: Annotated[
        int, Meta(description="Messages that begin the next sequence, too", ge=0), only_with(mode="count")
    ] = 0
    interval: Annotated[
        float, Meta(description="Length of a time span", gt=0, extra_json_schema=unit("s")), only_with(mode="interval")
    ] = 10.0
    allow_empty: Annotated[
        bool,
        Meta(description="For interval: send an empty message when nothing came in a time span"),
        only_with(mode="interval"),
    ] = False
    topics: Annotated[list[str], Meta(description="For concat: the topics, in order"), only_with(mode="concat")] = []
    most: Annotated[
        int, Meta(description="Messages collected at most; then the oldest is given up", ge=1), ADVANCED
    ] = 100_000
    collected: State[list[Any]] = []
    number: State[int] = 0
    fresh: State[int] = 0
    """Messages of the sequence that are not the overlap of the last one."""
    span_end: State[list[float]] = []
    """When the time span ends."""

    def __post_init__(self) -> None:
        if self.mode == "count" and self.overlap >= self.count:
            raise ValueError(f"overlap ({self.overlap}) must be less than count ({self.count})")
        if self.mode == "count" and self.count > self.most:
            raise ValueError(f"count ({self.count}) must not be more than most ({self.most})")
        if self.mode == "concat" and not self.topics:
            raise ValueError("concat needs topics: name at least one")
        self._messages: deque[Message] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    async def start(self) -> None:
        """Take up what was collected before a restart; begin the time spans."""
        self._messages = deque(message_of(kept) for kept in self.collected)
        self.collected = []
        if self.mode == "interval":
            self._due = self.clock.monotonic()
            if self.span_end:
                self._due += min(due.left(self.clock, self.span_end), self.interval) - self.interval
            self._next_span()

    async def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def process(self, msg: Message) -> list[Message] | None:
        """Collect the message; returns the sequence when it is complete."""
        if "reset" in msg.properties:
            self._messages.clear()
            self.fresh = 0
            return None
        if self.mode == "concat" and msg.topic not in self.topics:
            raise BadData(f"topic '{msg.topic:.80}' is none of those to concatenate: {', '.join(self.topics):.200}")
        if len(self._messages) >= self.most:
            reason = f"more than {self.most} messages are collected: the oldest was given up"
            self.runtime.fail(BadData(reason), self._messages.popleft())
        self._messages.append(msg)
        self.fresh += 1
        if self.mode == "count" and len(self._messages) >= self.count:
            return self._counted()
        return self._concatenated() if self.mode == "concat" else None

    def flush(self) -> list[Message]:
        """Return what is collected, as a shorter sequence."""
        if self.mode == "concat" or not self.fresh:
            return []
        messages = [msg.with_properties(partial=True) for msg in self._messages]
        self._messages.clear()
        self.fresh = 0
        return self._sequence(messages)

    def unsent(self) -> list[Message]:
        """Hand over what waits for a message of another topic."""
        held = list(self._messages) if self.mode == "concat" else []
        self._messages.clear()
        return held

    def state(self) -> dict[str, Any]:
        """Return what is collected."""
        if self._timer is not None:
            self.span_end = due.kept(self.clock, self._due)
        collected = list(self._messages) or self.collected
        return {"collected": collected, "number": self.number, "fresh": self.fresh, "span_end": self.span_end}

    def _counted(self) -> list[Message]:
        messages = list(self._messages)
        self._messages = deque(islice(messages, self.count - self.overlap, None))
        self.fresh = 0
        return self._sequence(messages)

    def _concatenated(self) -> list[Message] | None:
        waiting: dict[str, Message] = {}
        for msg in self._messages:
            waiting.setdefault(msg.topic, msg)
        if len(waiting) < len(set(self.topics)):
            return None
        chosen = [waiting[topic] for topic in dict.fromkeys(self.topics)]
        used = {id(msg) for msg in chosen}
        self._messages = deque(msg for msg in self._messages if id(msg) not in used)
        return self._sequence(chosen)

    def _sequence(self, messages: list[Message]) -> list[Message]:
        self.number += 1
        return numbered(messages, f"{messages[0].id}/{self.number}")

    def _next_span(self) -> None:
        self._due = max(self._due + self.interval, self.clock.monotonic())
        self._timer = self.clock.call_later(self._due - self.clock.monotonic(), self._end_span)

    def _end_span(self) -> None:
        self._next_span()
        if self._messages:
            messages = list(self._messages)
            self._messages.clear()
            self.fresh = 0
            for msg in self._sequence(messages):
                self.emit(msg)
        elif self.allow_empty:
            self.emit(Message(None, time=self.clock.now()))
