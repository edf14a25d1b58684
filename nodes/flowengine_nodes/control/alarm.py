"""The transform `control/alarm`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message, Port, Rings, Routed, State, unit
from flowengine_nodes.signal.readings import trusted
from flowengine_nodes.timing.timed import Timed
from flowengine_nodes.values.convert import figure, number, shown


class Alarm(Timed, type="control/alarm"):
    """Raise an alarm in the plant's alarm list while a reading is too high or too low.

    The alarm is active when the reading has been above `high` or below `low` for `on_delay` seconds. It is over when
    the reading has been back behind the limit by `dead_band` for `off_delay` seconds. A payload of true or false is the
    alarm itself. A reading of bad quality, or one that is no number, rings, too, unless `bad_rings` is off.

    The alarm list (canvas, operators' page, `flowengine alarms`) shows it with `priority`, `text` and `area`; there it
    is acknowledged, and shelved for a while with a reason. Write into `text` what it means and what to do: an alarm
    that asks nobody to act is no alarm.

    While a message true has come to the port `suppress` and no false after it, the alarm is silent by design: the
    machine is off, say, and its low pressure means nothing. `changed` sends "active" and "cleared" when that changes,
    with msg.alarm: which limit, its value, the reading. Readings pass at `out`.

    Example: high 220, dead_band 5, on_delay 10, priority high, text "Oven too hot: open the flap."
    """

    inputs = (
        Port("in", "any", "Readings, or true and false"),
        Port("suppress", "boolean", "True: silent by design, until false"),
    )
    outputs = (Port("out", "any", "The readings"), Port("changed", "text", "active or cleared, when that changes"))

    text: Annotated[str, Meta(description="What it means, and what to do", max_length=300)] = ""
    priority: Annotated[
        Literal["low", "medium", "high", "critical"], Meta(description="How soon somebody must act")
    ] = "medium"
    area: Annotated[str, Meta(description="Which part of the plant; empty: the flow's name", max_length=100)] = ""
    high: Annotated[float | None, Meta(description="Rings above this; empty: no upper limit")] = None
    low: Annotated[float | None, Meta(description="Rings below this; empty: no lower limit")] = None
    dead_band: Annotated[float, Meta(description="How far it must come back behind the limit", ge=0)] = 0.0
    on_delay: Annotated[float, Meta(description="Must last so long", ge=0, extra_json_schema=unit("s"))] = 0.0
    off_delay: Annotated[float, Meta(description="Must be over so long", ge=0, extra_json_schema=unit("s"))] = 0.0
    bad_rings: Annotated[bool, Meta(description="A bad reading rings")] = True
    active: State[bool] = False
    """Whether it is active, after delays."""
    suppressed: State[bool] = False
    beyond: State[bool] = False
    """What the newest reading says, before delays."""
    side: State[str] = ""
    """By which limit it said so last."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._high = math.inf if self.high is None else self.high
        self._low = -math.inf if self.low is None else self.low
        if self._low + self.dead_band >= self._high - self.dead_band:
            raise ValueError(f"no room between low {self._low:g} and high {self._high:g} with the dead band inside")

    @classmethod
    def rings(cls, options: Mapping[str, Any]) -> Rings | None:
        """Return how the alarm list shows it."""
        return Rings(options.get("text", ""), options.get("priority", "medium"), options.get("area", ""))

    async def start(self) -> None:
        """Show an alarm of before a restart, and go on with a delay."""
        await super().start()
        self._show("active since before the start")

    @property
    def length(self) -> float:
        """The delay that runs."""
        return self.on_delay if self.beyond else self.off_delay

    def process(self, msg: Message) -> Message | list[Message | Routed]:
        """Pass the reading on, and ring."""
        self.latest = msg
        beyond = self._judge(msg)
        if beyond != self.beyond:
            self.beyond = beyond
            self.cancel()
            if beyond != self.active and self.length > 0:
                self.wait(self.length)
        if beyond == self.active or self.waits:
            return msg
        return [msg, self._turn(msg)]

    def on_suppress(self, msg: Message) -> None:
        """Be silent by design, or no longer.

        Raises:
            BadData: neither true nor false came, or of bad quality.
        """
        wanted = trusted(msg)
        if not isinstance(wanted, bool):
            raise BadData(f"'suppress' takes true or false, not {shown(wanted)}")
        self.suppressed = wanted
        self._show(self._reading())

    def _judge(self, msg: Message) -> bool:
        """Say whether a reading is beyond a limit; within the dead band it is what it was."""
        if isinstance(msg.payload, bool):
            self.side = ""
            return self.bad_rings if msg.quality == "bad" else msg.payload
        try:
            value = number(msg.payload)
        except BadData:
            value = math.nan
        if msg.quality == "bad" or math.isnan(value):
            self.side = "bad"
            return self.bad_rings
        band = self.dead_band if self.beyond else 0.0
        side = "high" if value > self._high - band else "low" if value < self._low + band else ""
        self.side = side or self.side
        return bool(side)

    def over(self) -> None:
        """It has been beyond its limit, or back, for long enough."""
        if self.beyond != self.active and self.latest is not None:
            routed = self._turn(self.latest.replace(time=self.clock.now()))
            self.emit(routed.msg, routed.port)

    def _turn(self, msg: Message) -> Routed:
        self.active = self.beyond
        self._show(self._reading())
        limit = {"high": self.high, "low": self.low}.get(self.side)
        found = {"limit": self.side, "at": limit, "value": msg.payload}
        return msg.with_payload("active" if self.active else "cleared").with_properties(alarm=found).to("changed")

    def _show(self, reading: str) -> None:
        if self.suppressed:
            self.status("off", "suppressed by design")
        elif self.active:
            self.status("error", reading)
        else:
            self.status("ok", "")

    def _reading(self) -> str:
        if self.latest is None:
            return "active since before the start"
        if isinstance(self.latest.payload, bool) and self.text:
            return self.text  # "true" tells nobody anything
        reading = figure(self.latest.payload)
        beyond = {
            "high": f"{reading} (above {self._high:g})",
            "low": f"{reading} (below {self._low:g})",
            "bad": f"{reading} (bad)",
        }
        return beyond.get(self.side, reading)
