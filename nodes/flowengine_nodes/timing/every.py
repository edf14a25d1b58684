"""The source `timing/every`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Message, Source, only_with, unit
from flowengine_nodes.timing.constant import constant


class Every(Source, type="timing/every"):
    """Send a message at a fixed interval.

    The ticks do not drift: the n-th one is due at start + n × interval, however long the flow takes. When the flow
    holds the source up for longer than an interval, the ticks that passed in the meantime are skipped and counted
    (`missed`), so they never arrive in a bunch.

    Example: interval 60 sends the time of day, in seconds since 1970, once a minute.
    """

    interval: Annotated[float, Meta(description="Time between messages", ge=0.001, extra_json_schema=unit("s"))] = 1.0
    immediate: Annotated[bool, Meta(description="Send the first message at once instead of after one interval")] = True
    send: Annotated[
        Literal["timestamp", "value", "count"],
        Meta(description="What to send: the time in seconds since 1970, the value below, or the number of the tick"),
    ] = "timestamp"
    value: Annotated[
        Any, Meta(description="The payload when 'send' says value: any JSON value"), only_with(send="value")
    ] = None
    topic: Annotated[str, Meta(description="Topic of the messages")] = ""

    def __post_init__(self) -> None:
        self.missed = 0
        """Ticks skipped because the flow was busy."""

    @classmethod
    def sends(cls, options: Mapping[str, Any], port: str) -> tuple[float, float] | None:
        """Return the number that it always sends, where it is one."""
        return constant(options.get("value")) if options.get("send") == "value" else None

    async def run(self) -> AsyncIterator[Message]:
        """Tick for ever."""
        clock, interval = self.clock, self.interval
        begin = clock.monotonic()
        tick = 0 if self.immediate else 1
        while True:
            wait = begin + tick * interval - clock.monotonic()
            if wait > 0:
                await clock.sleep(wait)
            yield self._message(tick)
            # One tick may be late, those before it are gone. The small share absorbs rounding of the division.
            due = int((clock.monotonic() - begin) / interval + 1e-6)
            if due > tick + 1:
                self._skip(due - tick - 1)
                tick = due
            else:
                tick += 1

    def _message(self, tick: int) -> Message:
        now = self.clock.now()
        payload = now if self.send == "timestamp" else self.value if self.send == "value" else tick
        return Message(payload, topic=self.topic, time=now)

    def _skip(self, ticks: int) -> None:
        if not self.missed:
            self.log.warning("the flow is slower than every %g s: ticks are skipped from now on", self.interval)
        self.missed += ticks
        self.status("warning", f"{self.missed} ticks missed")
