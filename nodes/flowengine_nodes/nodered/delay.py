"""Node-RED's delay node."""

from __future__ import annotations

import math
import random
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import Ports, RedError, RedTransform
from flowengine_nodes.nodered.message import Msg

MOST_HELD: Final = 100_000
"""Msgs that one node holds; one more fails."""

UNITS: Final = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
RATES: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}

Held = tuple[Msg, Message]


class Delay(RedTransform, type="nodered/delay"):
    """Hold messages for a time, or let no more through than so many in a time.

    `msg.reset` drops what is held, `msg.flush` sends it at once (a number: so many of them).
    """

    red: ClassVar[str] = "delay"
    always_named: ClassVar[bool] = True

    pauseType: Annotated[str, Meta(description="delay, delayv (msg.delay), random, rate, queue or timed")] = "delay"
    timeout: Annotated[float | str, Meta(description="How long")] = 5
    timeoutUnits: Annotated[str, Meta(description="milliseconds, seconds, minutes, hours, days")] = "seconds"
    rate: Annotated[float | str, Meta(description="How many messages")] = 1
    nbRateUnits: Annotated[float | str, Meta(description="in how many")] = 1
    rateUnits: Annotated[str, Meta(description="second, minute, hour, day")] = "second"
    randomFirst: Annotated[float | str, Meta(description="random: at least")] = 1
    randomLast: Annotated[float | str, Meta(description="random: at most")] = 5
    randomUnits: Annotated[str, Meta(description="milliseconds, seconds, minutes, hours, days")] = "seconds"
    dropping: Annotated[bool, Meta(description="rate: drop what is too many (else it waits)")] = False
    allowrate: Annotated[bool, Meta(description="msg.rate, in ms, sets the interval")] = False
    ports: Ports = 1

    def begin(self) -> None:
        """Hold nothing."""
        self._timers: dict[int, tuple[Any, Msg, Message]] = {}
        self._next = 0
        self._queue: list[Held] = []
        self._topics: dict[str, Held] = {}
        self._tick: Any = None
        self._last = -1e18
        number = js.number(self.rate) or 1
        self._interval = RATES.get(self.rateUnits, 1.0) * (js.number(self.nbRateUnits) or 1) / number
        self._usual = self._interval
        if self.pauseType in ("queue", "timed"):
            self._start_turns()
        self._delay = max(0.0, (js.number(self.timeout) or 0) * UNITS.get(self.timeoutUnits, 1.0))

    def receive(self, msg: Msg) -> None:
        """Hold a msg, or let it through."""
        kind = self.pauseType
        if kind in ("delay", "delayv", "random"):
            self._single(msg, kind)
        elif kind == "rate":
            self._rated(msg)
        else:
            self._queued(msg)

    # --- one by one ---

    def _single(self, msg: Msg, kind: str) -> None:
        if "reset" in msg:
            self._forget()
            self.red_status({}) if kind == "delay" else None
            self.finished(msg)
            return
        if "flush" not in msg or msg.keys() - {"_msgid", "flush"}:
            self._wait(msg, kind)
        if "flush" in msg:
            self._flush_timers(msg)

    def _wait(self, msg: Msg, kind: str) -> None:
        if kind == "delay":
            wait = self._delay
        elif kind == "delayv":
            given = js.parse_float(msg["delay"]) if "delay" in msg else float("nan")
            wait = max(0.0, given / 1000) if given == given else self._delay
        else:
            unit = UNITS.get(self.randomUnits, 1.0)
            low, high = js.number(self.randomFirst) * unit, js.number(self.randomLast) * unit
            wait = random.uniform(min(low, high), max(low, high))
        if len(self._timers) >= MOST_HELD:
            raise RedError(f"more than {MOST_HELD} messages are held")
        self._next += 1
        number = self._next
        self._timers[number] = (self.clock.call_later(wait, lambda: self._due(number)), msg, self._base)

    def _due(self, number: int) -> None:
        _, msg, base = self._timers.pop(number)
        self._base = base
        self.send(msg)
        self.finished(msg)

    def _flush_timers(self, msg: Msg) -> None:
        count = _count(msg["flush"], len(self._timers))
        for number in list(self._timers)[:count]:
            self._timers[number][0].cancel()
            self._due(number)
        self.finished(msg)

    # --- rate ---

    def _rated(self, msg: Msg) -> None:
        if self.dropping:
            if "reset" not in msg:
                self._allow(msg)
                self._dropping(msg)
        else:
            self._paced(msg)
        if "reset" in msg:
            if "flush" not in msg:
                self._stop_ticking()
                self._last = -1e18
            self._queue.clear()
            self._interval = self._usual
        self.finished(msg)

    def _paced(self, msg: Msg) -> None:
        rest = {key: value for key, value in msg.items() if key != "flush"}
        if rest.keys() - {"_msgid"}:
            changed = self._allow(rest)
            if self._tick is not None:
                if changed:
                    self._start_ticking()
                self._hold(rest, front=rest.get("toFront") is True)
            else:
                if "reset" not in msg:
                    self.send(rest)
                elif "flush" in msg:
                    self._hold(rest)
                self._start_ticking()
        if "flush" not in msg:
            return
        count = _count(msg["flush"], len(self._queue))
        if count < 1:
            self._stop_ticking()
            return
        for _ in range(count):
            held, base = self._queue.pop(0)
            kept = {key: value for key, value in held.items() if key != "reset"}
            if kept.keys() - {"_msgid"}:
                self._base = base
                self.send(kept)
        self._start_ticking()

    def _allow(self, msg: Msg) -> bool:
        """Let a msg set the interval, where that is wished; says whether it has."""
        given = js.parse_float(msg["rate"]) / 1000 if self.allowrate and "rate" in msg else float("nan")
        if given != given or given == self._interval:
            return False
        self._interval = max(0.001, given)
        return True

    def _hold(self, msg: Msg, front: bool = False) -> None:
        if len(self._queue) >= MOST_HELD:
            raise RedError(f"more than {MOST_HELD} messages are held")
        self._queue.insert(0 if front else len(self._queue), (msg, self._base))

    def _dropping(self, msg: Msg) -> None:
        now = self.clock.monotonic()
        if now - self._last >= self._interval - 1e-6:
            self._last = now
            self.send(msg)
        else:
            self.send(msg, 1)

    def _start_ticking(self) -> None:
        self._stop_ticking()
        self._tick = self.clock.call_later(self._interval, self._ticked)

    def _stop_ticking(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _ticked(self) -> None:
        self._tick = None
        if self._queue:
            self._start_ticking()
            self._release()

    def _release(self) -> None:
        msg, base = self._queue.pop(0)
        self._base = base
        self.send(msg)
        self.finished(msg)

    # --- a queue for topics ---

    def _queued(self, msg: Msg) -> None:
        if self._allow(msg):
            self._start_turns()
        msg.setdefault("topic", "_none_")
        topic = js.text(msg["topic"])
        if topic in self._topics:
            self._release_topic(self._topics[topic], 1)
        elif len(self._topics) >= MOST_HELD:
            raise RedError(f"more than {MOST_HELD} messages are held")
        self._topics[topic] = (msg, self._base)
        if "flush" in msg:
            for name in list(self._topics)[: _count(msg["flush"], len(self._topics))]:
                held, base = self._topics.pop(name)
                kept = {key: value for key, value in held.items() if key not in ("flush", "reset")}
                if kept.keys() - {"_msgid", "topic"}:
                    self._release_topic((kept, base))
        if "reset" in msg:
            self._topics.clear()
            self._interval = self._usual

    def _start_turns(self) -> None:
        self._stop_ticking()
        self._tick = self.clock.call_later(self._interval, self._next_topics)

    def _next_topics(self) -> None:
        names = list(self._topics)
        for name in names if self.pauseType == "timed" else names[:1]:
            self._release_topic(self._topics.pop(name))
        self._start_turns()

    def _release_topic(self, held: Held, port: int = 0) -> None:
        msg, base = held
        before, self._base = self._base, base
        self.send(msg, port)
        self._base = before
        self.finished(msg)

    # --- the end ---

    def _forget(self) -> None:
        for timer, _, _ in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def unsent(self) -> list[Message]:
        """Return what is held, so that it is kept when the flow stops."""
        return [base for _, _, base in self._timers.values()] + [base for _, base in self._queue]

    def end(self) -> None:
        """Forget all timers."""
        self._forget()
        self._stop_ticking()


def _count(value: Any, all: int) -> int:
    return min(math.floor(value), all) if js.is_number(value) and math.isfinite(value) else all
