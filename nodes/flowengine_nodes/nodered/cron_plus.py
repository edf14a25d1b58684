"""node-red-contrib-cron-plus, as far as its schedules are cron expressions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedSource
from flowengine_nodes.nodered.message import Msg
from flowengine_nodes.nodered.typed import evaluate
from flowengine_nodes.timing.cron import Cron

Schedules = list[dict[str, Any]]

_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@minutely": "* * * * *",
    "@secondly": "* * * * * *",
}
LONGEST_WAIT = 3600.0
"""Seconds after which the wall clock is looked at again: it may have been set."""


class CronPlus(RedSource, type="nodered/cron-plus"):
    """Send messages at the times of several cron expressions, each with its own topic and payload.

    Each of `schedules` has `name`, `topic`, `expression` (five fields, or six with the seconds in front), and `payload`
    with `payloadType`; default: what is known of the schedule. Dates and the sun's times are not there.
    """

    red: ClassVar[str] = "cronplus"

    schedules: Annotated[Schedules, Meta(description="name, topic, expression, payload, payloadType")] = []
    timeZone: Annotated[str, Meta(description="Name of the time zone; empty: UTC")] = ""
    outputField: Annotated[str, Meta(description="The property that gets the payload")] = "payload"

    def begin(self) -> None:
        """Set a timer for each schedule."""
        self._timers: dict[int, Any] = {}
        self._counts: dict[int, int] = {}
        for number, schedule in enumerate(self.schedules):
            expression = str(schedule.get("expression", "")).strip()
            try:
                cron = Cron(_fields(_NAMED.get(expression, expression)), self.timeZone or "UTC")
            except ValueError as error:
                self.error(f"{schedule.get('name', number)}: {error}")
                continue
            self._plan(number, cron, cron.after(self.clock.now()))
        if self._timers:
            self.red_status({"fill": "green", "shape": "dot", "text": f"{len(self._timers)} schedules"})

    def _plan(self, number: int, cron: Cron, due: float) -> None:
        wait = min(max(0.0, due - self.clock.now()), LONGEST_WAIT)
        self._timers[number] = self.clock.call_later(wait, lambda: self._woken(number, cron, due))

    def _woken(self, number: int, cron: Cron, due: float) -> None:
        if self.clock.now() < due - 0.001:
            self._plan(number, cron, due)
            return
        self._plan(number, cron, cron.after(max(due, self.clock.now() - 1)))
        self._fire(number, due)

    def _fire(self, number: int, due: float) -> None:
        schedule = self.schedules[number]
        count = self._counts[number] = self._counts.get(number, 0) + 1
        kept = {key: schedule[key] for key in ("name", "topic", "expression", "payloadType") if key in schedule}
        about = {"triggerTimestamp": int(due * 1000), "config": kept, "status": {"count": count}}
        msg: Msg = {"topic": schedule.get("topic") or schedule.get("name") or "", "cronplus": about}
        kind = schedule.get("payloadType", "default")
        try:
            value = about if kind == "default" else evaluate(self, schedule.get("payload", ""), kind, msg)
            properties.put(msg, self.outputField or "payload", value)
        except RedError as error:
            self.error(str(error), msg)
            return
        self._base = Message(time=self.clock.now())
        self.soon(msg)

    def end(self) -> None:
        """Forget the timers."""
        for timer in self._timers.values():
            timer.cancel()

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


def _fields(expression: str) -> str:
    """Return an expression with at most six fields: the year of a seventh, where it is any, is left out."""
    fields = expression.split()
    return " ".join(fields[:6]) if len(fields) == 7 and fields[6] == "*" else expression
