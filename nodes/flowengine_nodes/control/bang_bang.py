"""The transform `control/bang-bang`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, State, unit
from flowengine_nodes.signal.readings import quantity, usable
from flowengine_nodes.signal.relay import Relay


class BangBang(Relay, type="control/bang-bang"):
    """Hold a value by switching on and off, with minimum times: two-point (on-off) control.

    It switches on when the measurement is `hysteresis` / 2 on the wrong side of the setpoint, and off on the other:
    heating is on below, cooling above. Once on it stays on for `minimum_on` seconds, once off it stays off for
    `minimum_off`, as compressors and burners need; when that time is over it decides anew by the newest reading. The
    output is true or false, sent when it changes (or always, with `send`).

    Port `setpoint` changes the setpoint. With a bad reading the output is held, quality uncertain, and after
    `fallback_after` it goes off (or on: `fallback`), also before its minimum time: safety first. It begins off; a
    restart keeps output, setpoint and the time that was left.

    Example: setpoint 4, hysteresis 2, action cooling, minimum_on 120, minimum_off 300: a cold store.
    """

    inputs = (Port("in", "number", "The measurement"), Port("setpoint", "number", "The setpoint from now on"))
    outputs = (Port("out", "boolean", "On or off"),)

    setpoint: Annotated[float, Meta(description="The value to hold")] = 0.0
    hysteresis: Annotated[float, Meta(description="Distance between switching on and off", ge=0)] = 1.0
    action: Annotated[Literal["heating", "cooling"], Meta(description="On below the setpoint, or above it")] = "heating"
    minimum_on: Annotated[float, Meta(description="Shortest time on", ge=0, extra_json_schema=unit("s"))] = 0.0
    minimum_off: Annotated[
        float, Meta(description="Shortest time off, also after the start", ge=0, extra_json_schema=unit("s"))
    ] = 0.0
    send: Annotated[Literal["changes", "always"], Meta(description="Send when it changes, or for each reading")] = (
        "changes"
    )
    fallback: Annotated[bool, Meta(description="Output when readings stay bad"), ADVANCED] = False
    fallback_after: Annotated[
        float,
        Meta(description="Bad readings for this long lead to the fallback", ge=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 60.0
    on: State[bool] = False
    since: State[float | None] = None
    """Since when the output is what it is, by the time of readings."""
    bad_since: State[float | None] = None
    target: State[list[float]] = []
    """The setpoint that a message has set, and the option it replaces."""
    sent: State[list[Any]] = []

    def process(self, msg: Message) -> Message | None:
        """Decide by a reading."""
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        if self.since is None or msg.time < self.since:
            self.since = msg.time
        if value is None:
            return self._without(msg)
        if self.bad_since is not None:
            self.bad_since = None
            self.status("ok", "on" if self.on else "off")
        self.latest = msg
        self._decide(value, msg.time)
        return self._output(msg, msg.quality)

    def on_setpoint(self, msg: Message) -> None:
        """Take a new setpoint; the next reading is judged by it."""
        self.target = [quantity(msg.payload), self.setpoint]

    def over(self) -> None:
        """A minimum time is over: decide by the newest reading."""
        if self.latest is None or self.bad_since is not None:
            return
        value = usable(self.latest.payload, self.latest.quality)
        now = self.latest.replace(time=self.clock.now())
        if value is not None:
            self._decide(value, max(now.time, (self.since or 0.0) + (self.minimum_on if self.on else self.minimum_off)))
            msg = self._output(now, now.quality)
            if msg is not None:
                self.emit(msg)

    def _decide(self, value: float, time: float) -> None:
        target = self.target[0] if self.target and self.target[1] == self.setpoint else self.setpoint
        away = target - value if self.action == "heating" else value - target
        half = self.hysteresis / 2
        wanted = away > -half if self.on else away >= half and away > -half
        if wanted == self.on:
            self.cancel()
            return
        assert self.since is not None
        left = (self.minimum_on if self.on else self.minimum_off) - (time - self.since)
        if left > 1e-6:
            if not self.waits:
                self.wait(left)
            return
        self._switch(wanted, time)

    def _switch(self, on: bool, time: float) -> None:
        self.cancel()
        self.on, self.since = on, time
        self.status("ok", "on" if on else "off")

    def _without(self, msg: Message) -> Message | None:
        if self.bad_since is None or msg.time < self.bad_since:
            self.bad_since = msg.time
            self.status("warning", "no good reading: output held")
        if self.on != self.fallback and msg.time - self.bad_since >= self.fallback_after:
            self._switch(self.fallback, msg.time)
            self.status("error", f"no good reading for {self.fallback_after:g} s: {'on' if self.on else 'off'}")
        return self._output(msg, "uncertain")

    def _output(self, msg: Message, quality: Literal["good", "uncertain", "bad"]) -> Message | None:
        if self.send == "changes" and self.sent == [self.on, quality]:
            return None
        self.sent = [self.on, quality]
        return msg.replace(payload=self.on, quality=quality)
