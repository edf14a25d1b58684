"""The transform `timing/rate-limit`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, only_with, unit
from flowengine_nodes.timing import due
from flowengine_nodes.timing.delay import flush_count
from flowengine_nodes.timing.held import ROUNDING, WhenFull, message_of

OVER: Final = "over-rate"
"""Why messages end here, as they are meant to."""


class _Lane:
    """The messages that share one limit: all of them, or those of one topic."""

    __slots__ = ("due", "queue", "timer")

    def __init__(self) -> None:
        self.due = 0.0
        self.queue: deque[Message] = deque()
        self.timer: asyncio.TimerHandle | None = None


class RateLimit(Transform, type="timing/rate-limit"):
    """Let at most so many messages through in a given time.

    What comes too fast waits in a bounded queue (`queue`), is dropped on purpose (`drop`), leaves by the second output
    `over` (`output`), or waits until a newer one replaces it (`latest`). With `burst` above 1 that many may pass at
    once after a pause. A message with the property `reset` empties the queues, one with `flush` sends what is queued.

    Example: rate 1, per 60 and when_over latest give one reading a minute, the newest.

    The limit is kept by the generic cell rate algorithm (ITU-T I.371): over any length of time at most
    burst + time × rate / per messages pass.
    """

    outputs = (Port("out"), Port("over", description="Messages over the limit"))

    rate: Annotated[float, Meta(description="Messages that may pass in the time below", gt=0)] = 1.0
    per: Annotated[float, Meta(description="The time", gt=0, extra_json_schema=unit("s"))] = 1.0
    burst: Annotated[int, Meta(description="Messages that may pass at once after a pause", ge=1), ADVANCED] = 1
    when_over: Annotated[
        Literal["queue", "drop", "output", "latest"], Meta(description="What happens to messages over the limit")
    ] = "queue"
    per_topic: Annotated[bool, Meta(description="A limit for each topic instead of one for all messages"), ADVANCED] = (
        False
    )
    topics: Annotated[
        int, Meta(description="With per_topic: topics at most", ge=1, le=1_000_000), only_with(per_topic=True)
    ] = 1000
    size: Annotated[
        int,
        Meta(description="Messages queued at most, over all topics", ge=1, le=1_000_000),
        only_with(when_over="queue"),
    ] = 10_000
    full: Annotated[
        WhenFull,
        Meta(description="Which message becomes a dead letter when the queue is full"),
        only_with(when_over="queue"),
    ] = "drop-newest"
    allow_rate: Annotated[
        bool, Meta(description="Let msg.rate change the limit: least time between messages in seconds"), ADVANCED
    ] = False
    lanes: State[dict[str, Any]] = {}
    interval: State[float | None] = None
    """The limit that a message has set."""

    def __post_init__(self) -> None:
        self._interval = self.per / self.rate
        self._lanes: dict[str, _Lane] = {}
        self._waiting = 0

    async def start(self) -> None:
        """Take up what was queued before a restart."""
        if self.allow_rate and self.interval is not None:
            self._interval = self.interval
        now = self.clock.monotonic()
        for key, (next_free, messages) in self.lanes.items():
            lane = self._lanes[key if self.per_topic else ""] = _Lane()
            lane.due = now + due.left(self.clock, next_free)
            for msg in messages:
                self._queue(lane, message_of(msg))
        self.lanes = {}

    async def stop(self) -> None:
        """Stop the timers."""
        for lane in self._lanes.values():
            if lane.timer is not None:
                lane.timer.cancel()

    def process(self, msg: Message) -> Message | Routed | list[Message] | None:
        """Pass the message on, or do with it what `when_over` says."""
        if msg.properties:
            if "reset" in msg.properties:
                self._take(None)
                return None
            if "flush" in msg.properties:
                return self._take(flush_count(msg.properties["flush"]))
            if self.allow_rate and "rate" in msg.properties:
                self._interval = self.interval = _interval(msg.properties["rate"])
        lane = self._lane(msg)
        now = self.clock.monotonic()
        if not lane.queue and now + ROUNDING >= self._free_at(lane):
            lane.due = max(lane.due, now) + self._interval
            return msg
        if self.when_over == "drop":
            self.drop(OVER, meant=True)
            return None
        if self.when_over == "output":
            return msg.to("over")
        if self.when_over == "latest" and lane.queue:
            self.drop(OVER, meant=True)
            lane.queue[0] = msg
            return None
        self._queue(lane, msg)
        return None

    def unsent(self) -> list[Message]:
        """Hand over what is queued: the flow stops before its turn comes."""
        return self._take(None)

    def state(self) -> dict[str, Any]:
        """Return the queued messages, and when the next one may pass."""
        if self.lanes:  # restored and not started yet
            return {"lanes": self.lanes, "interval": self.interval}
        now = self.clock.monotonic()
        lanes = {
            key: [due.kept(self.clock, lane.due), list(lane.queue)]
            for key, lane in self._lanes.items()
            if lane.queue or lane.due > now
        }
        return {"lanes": lanes, "interval": self.interval}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was queued; `start` sets it going."""
        self.lanes, self.interval = dict(state.get("lanes", {})), state.get("interval")

    def _free_at(self, lane: _Lane) -> float:
        return lane.due - (self.burst - 1) * self._interval

    def _lane(self, msg: Message) -> _Lane:
        key = msg.topic if self.per_topic else ""
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= self.topics:
                now = self.clock.monotonic()
                self._lanes = {k: used for k, used in self._lanes.items() if used.queue or used.due > now}
                if len(self._lanes) >= self.topics:
                    raise BadData(f"topic '{key:.80}' would be one more than {self.topics} limited at the same time")
            lane = self._lanes[key] = _Lane()
        return lane

    def _queue(self, lane: _Lane, msg: Message) -> None:
        if self._waiting >= self.size:
            too_many = BadData(f"more than {self.size} messages wait for their turn: one was dropped ({self.full})")
            if self.full == "drop-newest" or not lane.queue:
                raise too_many
            self.runtime.fail(too_many, lane.queue.popleft())
            self._waiting -= 1
        lane.queue.append(msg)
        self._waiting += 1
        if lane.timer is None:
            self._arm(lane)

    def _arm(self, lane: _Lane) -> None:
        wait = self._free_at(lane) - self.clock.monotonic()
        lane.timer = self.clock.call_later(wait, partial(self._release, lane))

    def _release(self, lane: _Lane) -> None:
        lane.timer = None
        now = self.clock.monotonic()
        while lane.queue and now + ROUNDING >= self._free_at(lane):
            lane.due = max(lane.due, now) + self._interval
            self._waiting -= 1
            self.emit(lane.queue.popleft())
        if lane.queue and lane.timer is None:
            self._arm(lane)

    def _take(self, count: int | None) -> list[Message]:
        taken: list[Message] = []
        for lane in self._lanes.values():
            while lane.queue and (count is None or len(taken) < count):
                taken.append(lane.queue.popleft())
        self._waiting -= len(taken)
        return taken


def _interval(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise BadData(f"msg.rate is {value!r:.60}; expected the least time between two messages, in seconds above 0")
    return float(value)
