"""The transform `control/validate`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message, Quality, State, Transform, unit
from flowengine_nodes.control.bounds import check_bounds
from flowengine_nodes.signal.readings import LATE
from flowengine_nodes.timing import due
from flowengine_nodes.timing.held import message_of
from flowengine_nodes.values.convert import number, shown

Verdict = Literal["bad", "uncertain"]

_RANK: dict[str, int] = {"good": 0, "uncertain": 1, "bad": 2}


class Validate(Transform, type="control/validate"):
    """Check quality and plausibility of readings: out of range, too fast, frozen, after a gap, stale or missing.

    It marks readings that cannot be trusted, drops nothing and never makes a reading better: it sets msg.quality to bad
    or uncertain and says why in msg.reason. Readings that stay away for `stale` seconds make it send the last one
    again, once, with quality bad; the first reading after a `gap` is marked, since what was in between is not known.
    The change per second is that since the last reading that is not bad; a late one (older than the one before) is
    compared with none. One node checks one signal.

    Example: low 0, high 400, rate 20, stale 10 for an oven's thermocouple in degrees Celsius.
    """

    low: Annotated[float | None, Meta(description="Least plausible value; empty: not checked")] = None
    high: Annotated[float | None, Meta(description="Greatest plausible value; empty: not checked")] = None
    out_of_range: Annotated[Verdict, Meta(description="What a value outside makes of the reading")] = "bad"
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Change per second at most, up or down; empty: not checked"),
    ] = None
    too_fast: Annotated[Verdict, Meta(description="What a faster change makes of the reading")] = "uncertain"
    frozen: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="A value unchanged for longer is frozen; empty: not checked", extra_json_schema=unit("s")),
    ] = None
    frozen_change: Annotated[float, Meta(description="A change of no more than this counts as unchanged", ge=0)] = 0.0
    is_frozen: Annotated[Verdict, Meta(description="What that makes of the reading")] = "uncertain"
    gap: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="Time between two readings at most, by their own time; empty: not checked",
            extra_json_schema=unit("s"),
        ),
    ] = None
    after_gap: Annotated[Verdict, Meta(description="What a longer gap makes of the reading after it")] = "uncertain"
    stale: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Report when no reading comes for so long; empty: never", extra_json_schema=unit("s")),
    ] = None
    before: State[list[float]] = []
    """Time and value of the last reading that is a number, and not bad."""
    changed: State[list[float]] = []
    """Time and value of the last change."""
    seen: State[list[float]] = []
    """The time of the last reading, whatever it was."""
    awaited: State[list[Any]] = []
    """Until when a reading is expected, and the last one; without a time: it is stale already."""

    def __post_init__(self) -> None:
        check_bounds(self.low, self.high)
        self._last: Message | None = None
        self._seen = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Begin to wait for readings."""
        if self.stale is not None:
            self._seen = self.clock.monotonic()
            until, last = self.awaited or (None, None)
            self._last = None if last is None else message_of(last)
            if until is not None:  # while the engine was away no reading could come: that time does not count
                self._seen += min(until[1], self.stale) - self.stale
            if until is not None or not self.awaited:
                self._timer = self.clock.call_later(self._seen + self.stale - self.clock.monotonic(), self._look)

    def state(self) -> dict[str, Any]:
        """Return the readings to compare the next one with, and until when it is expected."""
        if self.stale is not None and self._host is not None:
            waits = self._timer is not None
            until = due.kept(self.clock, self._seen + self.stale) if waits else None
            self.awaited = [until, self._last]
        return super().state()

    async def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def process(self, msg: Message) -> Message:
        """Return the reading, marked if it has to be."""
        if self.stale is not None:
            self._last, self._seen = msg, self.clock.monotonic()
            if self._timer is None:
                self._timer = self.clock.call_later(self.stale, self._look)
        if self.gap is not None:
            msg = self._bridged(msg)
        try:
            value = number(msg.payload)
        except BadData:
            return _marked(msg, "bad", f"not a number: {shown(msg.payload)}")
        time = msg.time
        if self.low is not None and value < self.low:
            msg = _marked(msg, self.out_of_range, f"out of range: {value:g} is below {self.low:g}")
        elif self.high is not None and value > self.high:
            msg = _marked(msg, self.out_of_range, f"out of range: {value:g} is above {self.high:g}")
        if self.rate is not None:
            msg = self._rated(msg, value, time)
        if self.frozen is not None:
            msg = self._thawed(msg, value, time)
        return msg

    def _bridged(self, msg: Message) -> Message:
        assert self.gap is not None
        if _is_late(self.seen, msg.time):
            return msg
        before, self.seen = self.seen, [msg.time]
        if not before or msg.time - before[0] <= self.gap:
            return msg
        return _marked(msg, self.after_gap, f"gap: {msg.time - before[0]:g} s since the last reading")

    def _rated(self, msg: Message, value: float, time: float) -> Message:
        assert self.rate is not None
        if msg.quality == "bad" or _is_late(self.before, time):
            return msg
        before, self.before = self.before, [time, value]
        if not before or time <= before[0]:
            return msg
        speed = (value - before[1]) / (time - before[0])
        if abs(speed) <= self.rate * (1 + 1e-9):
            return msg
        return _marked(msg, self.too_fast, f"too fast: {speed:+.4g} per second, at most {self.rate:g}")

    def _thawed(self, msg: Message, value: float, time: float) -> Message:
        assert self.frozen is not None
        if not self.changed or time < self.changed[0] - LATE or abs(value - self.changed[1]) > self.frozen_change:
            self.changed = [time, value]
            return msg
        lasted = time - self.changed[0]
        if lasted <= self.frozen:
            return msg
        return _marked(msg, self.is_frozen, f"frozen: {value:g} for {lasted:g} s")

    def _look(self) -> None:
        assert self.stale is not None
        left = self._seen + self.stale - self.clock.monotonic()
        if left > 1e-6:
            self._timer = self.clock.call_later(left, self._look)
            return
        self._timer = None  # the next reading sets it again
        stale = (self._last or Message()).replace(time=self.clock.now())
        self.emit(_marked(stale, "bad", f"stale: no reading for {self.stale:g} s"))


def _is_late(before: list[float], time: float) -> bool:
    """Say whether a reading is older than the one before; much older, and the clock was set back."""
    return bool(before) and 0.0 < before[0] - time <= LATE


def _marked(msg: Message, verdict: Quality, reason: str) -> Message:
    """Return the message with at best this quality and one reason more."""
    quality: Any = max(msg.quality, verdict, key=_RANK.__getitem__)
    known = msg.properties.get("reason")
    reasons = f"{known}; {reason}" if isinstance(known, str) and known else reason
    return msg.replace(quality=quality, properties={**msg.properties, "reason": reasons})
