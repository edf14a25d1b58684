"""The source `timing/schedule`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Message, Source, State, only_with
from flowengine_nodes.timing.cron import Cron

LOOK_AGAIN = 60.0
"""Seconds of waiting after which the wall clock is looked at again: it may have been set in the meantime."""

SET_BACK = 3 * 3600.0
"""When the clock is set back by less, a job at a time of day waits until it has caught up and does not run twice, as in
Debian's cron."""

STEPPED_BACK = 60.0
"""The same for jobs that run again and again: when the clock is set back by more, they go on by the new time."""

MADE_UP_FOR = 60.0
"""Seconds by which a time may have passed while the engine was restarted and is still made up for, once."""


class Schedule(Source, type="timing/schedule"):
    """Send a message at times of day, by a cron expression in a time zone.

    Five fields: minute, hour, day of month, month, day of week. A sixth field in front stands for seconds.
    `0 6 * * MON-FRI` is six in the morning on working days; `*/10 * * * * *` is every ten seconds.

    When the clocks change in spring, a time that does not exist runs right after the gap; in autumn, a time that
    comes twice runs once. If the computer's clock is set forward past several times, one message is sent, not several;
    if it is set back, what runs every hour or more often goes on by the new time.
    A time that passed during a restart is made up for if that is no more than a minute ago.
    """

    cron: Annotated[
        str, Meta(description="When: minute hour day month weekday, seconds in front if needed", min_length=9)
    ] = "0 * * * *"
    time_zone: Annotated[str, Meta(description="Name of the time zone, such as Europe/Berlin")] = "UTC"
    send: Annotated[
        Literal["timestamp", "value"],
        Meta(description="What to send: the scheduled time in seconds since 1970, or the value below"),
    ] = "timestamp"
    value: Annotated[
        Any, Meta(description="The payload when 'send' says value: any JSON value"), only_with(send="value")
    ] = None
    topic: Annotated[str, Meta(description="Topic of the messages")] = ""
    next: State[list[Any]] = []
    """The time to come, in seconds since 1970, and what it was computed of."""

    def __post_init__(self) -> None:
        self._cron = Cron(self.cron, self.time_zone)

    async def run(self) -> AsyncIterator[Message]:
        """Wait for each time in turn."""
        clock = self.clock
        seen = clock.now()
        due = self._cron.after(seen)
        plan = [self.cron, self.time_zone]
        if self.next[1:] == plan and seen - MADE_UP_FOR <= self.next[0] <= due:
            due = self.next[0]
        while True:
            self.next = [due, *plan]
            now = clock.now()
            if now < seen - (SET_BACK if self._cron.at_times_of_day else STEPPED_BACK):
                due = self._cron.after(now)
            seen = now
            if now < due:
                await clock.sleep(min(due - now, LOOK_AGAIN))
                continue
            yield Message(due if self.send == "timestamp" else self.value, topic=self.topic, time=now)
            due = self._cron.after(max(due, clock.now()))

    def pressed(self) -> Message | None:
        """Send what the schedule would send now."""
        now = self.clock.now()
        return Message(now if self.send == "timestamp" else self.value, topic=self.topic, time=now)
