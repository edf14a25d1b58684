"""The transform `control/bang-bang`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Quality, State, unit
from flowengine_nodes.signal.readings import elapsed, setting, usable
from flowengine_nodes.timing.timed import Lasting
from flowengine_nodes.values.convert import number


class BangBang(Lasting, type="control/bang-bang"):
    """Hold a value by switching on and off, with minimum times: two-point (on-off) control, a thermostat.

    It switches on when the measurement is `hysteresis` / 2 on the wrong side of the setpoint, and off on the other:
    heating is on below, cooling above. Once on it stays on for `minimum_on` seconds, once off it stays off for
    `minimum_off`, as compressors and burners need; when that time is over it decides anew by the newest reading. The
    output is true or false, sent when it changes (or always, with `send`).

    Port `setpoint` changes the setpoint. With a bad reading the output is held, quality uncertain, and after
    `fallback_after` it goes off (or on: `fallback`), also before its minimum time: safety first. That readings stay
    away is said by control/validate with `stale` in front of it. A reading older than the last one is refused as late.
    Minimum times are those of the engine's clock, whatever the time of a reading. It begins off; a restart keeps
    output, setpoint and the time that was left.

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
    bad: State[bool] = False
    """Whether the newest reading was bad: then the timer is that of the fallback."""
    target: State[list[float]] = []
    """The setpoint that a message has set, and the option it replaces."""
    sent: State[list[Any]] = []

    async def start(self) -> None:
        """Go on as before a restart."""
        await super().start()
        if self.bad:
            self.status("warning", "no good reading: output held")

    @property
    def length(self) -> float | None:
        """The time until the fallback; minimum times count from when it has switched."""
        return self.fallback_after if self.bad else None

    def process(self, msg: Message) -> Message | None:
        """Decide by a reading.

        Raises:
            BadData: it is late.
        """
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        if value is None:
            self._without(msg)
            return self._output(msg, "uncertain")
        if self.bad:
            self.bad = False
            self.cancel()
            self.status("ok", "on" if self.on else "off")
        elif self.latest is not None:
            elapsed(self.latest.time, msg.time)
        self.latest = msg
        self._decide(value)
        return self._output(msg, msg.quality)

    def on_setpoint(self, msg: Message) -> None:
        """Take a new setpoint; the next reading is judged by it."""
        self.target = [setting(msg), self.setpoint]

    def over(self) -> None:
        """A minimum time is over: decide by the newest reading. Or readings have stayed bad: fall back."""
        assert self.latest is not None
        quality: Quality = self.latest.quality
        if self.bad:
            self._fall_back()
            quality = "uncertain"
        else:
            self._decide(number(self.latest.payload))
        msg = self._output(self.latest.replace(time=self.clock.now()), quality)
        if msg is not None:
            self.emit(msg)

    @property
    def _minimum(self) -> float:
        return self.minimum_on if self.on else self.minimum_off

    def _decide(self, value: float) -> None:
        target = self.target[0] if self.target and self.target[1] == self.setpoint else self.setpoint
        away = target - value if self.action == "heating" else value - target
        half = self.hysteresis / 2
        wanted = away > -half if self.on else away >= half and away > -half
        left = self._minimum - self.lasted
        if wanted == self.on:
            self.cancel()
        elif left <= 1e-6:
            self._switch(wanted)
        elif not self.waits:
            self.wait(left)

    def _switch(self, on: bool) -> None:
        self.cancel()
        self.on = on
        self.begin()
        self.status("ok", "on" if on else "off")

    def _without(self, msg: Message) -> None:
        self.latest = msg
        if self.bad:
            return
        self.bad = True
        self.status("warning", "no good reading: output held")
        if self.fallback_after:
            self.wait(self.fallback_after)
        else:
            self._fall_back()

    def _fall_back(self) -> None:
        if self.on != self.fallback:
            self._switch(self.fallback)
            self.status("error", f"no good reading for {self.fallback_after:g} s: {'on' if self.on else 'off'}")

    def _output(self, msg: Message, quality: Quality) -> Message | None:
        if self.send == "changes" and self.sent == [self.on, quality]:
            return None
        self.sent = [self.on, quality]
        return msg.replace(payload=self.on, quality=quality)
