"""The transform `control/limit`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message, Port, Rings, Routed, State, unit
from flowengine_nodes.signal.readings import trusted
from flowengine_nodes.timing.timed import Timed
from flowengine_nodes.values.convert import figure, number, shown

Side = Literal["", "high", "low", "bad"]


class Limit(Timed, type="control/limit"):
    """Trip or raise an alarm when a reading is too high or too low: limit switch, cut-out.

    A reading above `high` or below `low` for `delay` seconds trips: `alarm` sends "active" (with msg.alarm: which
    limit, its value, the reading), `trip` sends `trip_value`, and readings no longer pass at `ok`. A bad reading, or
    one that is no number, counts as a violation, too, unless `bad_trips` is off.

    With `latching` it stays so until any message comes to the port `reset`; that is refused while the reading is still
    beyond the limit, or if it is bad itself. Without, it clears by itself when the reading is back inside by
    `hysteresis`. Then `alarm` sends "cleared" and readings pass again. What has tripped stays tripped over a restart,
    and is in the list of alarms meanwhile, with `text`.

    Example: high 230, hysteresis 5, trip_value 0, `trip` wired to the heater: an over-temperature trip.
    """

    inputs = (Port("in", "any", "Readings"), Port("reset", "any", "Any message resets a latched trip"))
    outputs = (
        Port("ok", "any", "Readings while nothing is wrong"),
        Port("alarm", "text", "active or cleared, when that changes"),
        Port("trip", "any", "The trip value"),
    )

    high: Annotated[float | None, Meta(description="Trip above this; empty: no upper limit")] = None
    low: Annotated[float | None, Meta(description="Trip below this; empty: no lower limit")] = None
    hysteresis: Annotated[float, Meta(description="Back inside by this much before it clears", ge=0)] = 0.0
    delay: Annotated[float, Meta(description="How long a violation must last", ge=0, extra_json_schema=unit("s"))] = 0.0
    latching: Annotated[bool, Meta(description="Stay tripped until a reset")] = True
    bad_trips: Annotated[bool, Meta(description="A bad reading counts as a violation")] = True
    trip_value: Annotated[Any, Meta(description="What the port trip sends: any JSON value")] = 0
    repeat: Annotated[bool, Meta(description="Send the trip value again at every reading while tripped")] = True
    text: Annotated[str, Meta(description="What it means, and what to do", max_length=300)] = ""
    active: State[str] = ""
    """Which limit has tripped: high, low, bad, or empty."""
    violated: State[str] = ""
    """Which limit is about to trip, when the timer has run down."""

    @classmethod
    def rings(cls, options: Mapping[str, Any]) -> Rings:
        """Return how the alarm list shows it."""
        return Rings(options.get("text", ""))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.high is None and self.low is None:
            raise ValueError("give a limit: high, low, or both")
        self._high = math.inf if self.high is None else self.high
        self._low = -math.inf if self.low is None else self.low
        if self._low + self.hysteresis >= self._high - self.hysteresis:
            raise ValueError(f"no room between low {self._low:g} and high {self._high:g} with the hysteresis inside")
        self._heard = False  # whether a reading has come since the start

    async def start(self) -> None:
        """Show a trip of before a restart; go on to wait for one."""
        if self.active:
            self.status("error", "tripped before the start")
        await super().start()

    @property
    def length(self) -> float:
        """How long a violation must last."""
        return self.delay

    def process(self, msg: Message) -> Message | list[Routed] | None:
        """Pass the reading on, or trip."""
        self.latest, self._heard = msg, True
        value = msg.payload
        if value.__class__ is float and msg.quality != "bad" and not self.active and self._low <= value <= self._high:
            if self.violated:
                self._forgive()
            return msg
        side = self._side(msg)
        if self.active:
            if not side and not self.latching and self._inside(msg):
                return [*self._clear(msg), msg.to("ok")]
            return [self._trip_value(msg)] if self.repeat else None
        if not side:
            self._forgive()
            return msg
        if self.delay == 0:
            return self._trip(side, msg)
        if not self.violated:
            self.wait(self.delay)
        self.violated = side
        return msg

    def on_reset(self, msg: Message) -> list[Routed] | None:
        """Clear a latched trip.

        Raises:
            BadData: the reading is still beyond the limit, or none has come yet, or the message is bad.
        """
        trusted(msg)
        if not self.active:
            return None
        if self.latest is None or not self._heard:
            raise BadData("cannot reset: no reading has come since the start")
        if self._side(self.latest) or not self._inside(self.latest):
            raise BadData(f"cannot reset: the reading is still {shown(self.latest.payload)} ({self._limits()})")
        return self._clear(msg)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what has tripped, or is about to."""
        super().restore(state)
        if self.active not in ("high", "low", "bad"):
            self.active = ""

    def over(self) -> None:
        """The violation has lasted."""
        if self.violated and not self.active and self.latest is not None:
            for routed in self._trip(self.violated, self.latest.replace(time=self.clock.now())):
                self.emit(routed.msg, routed.port)

    def _side(self, msg: Message) -> Side:
        try:
            value = number(msg.payload)
        except BadData:
            return "bad" if self.bad_trips else ""
        if msg.quality == "bad":
            return "bad" if self.bad_trips else ""
        return "high" if value > self._high else "low" if value < self._low else ""

    def _inside(self, msg: Message) -> bool:
        """Say whether a reading without violation is inside by the hysteresis, at the limit that tripped."""
        try:
            value = number(msg.payload)
        except BadData:
            return False
        if msg.quality == "bad":
            return False
        if self.active == "high":
            return value <= self._high - self.hysteresis
        return self.active != "low" or value >= self._low + self.hysteresis

    def _trip(self, side: str, msg: Message) -> list[Routed]:
        self.active = side
        self._forgive()
        self.status("error", self._why(side, msg))
        return [self._alarm(msg, "active", side), self._trip_value(msg)]

    def _clear(self, msg: Message) -> list[Routed]:
        side, self.active = self.active, ""
        self.status("ok", "")
        return [self._alarm(msg, "cleared", side)]

    def _forgive(self) -> None:
        self.violated = ""
        self.cancel()

    def _alarm(self, msg: Message, word: str, side: str) -> Routed:
        limit = {"high": self.high, "low": self.low}.get(side)
        value = self.latest.payload if self.latest is not None else None
        return msg.with_payload(word).with_properties(alarm={"limit": side, "at": limit, "value": value}).to("alarm")

    def _trip_value(self, msg: Message) -> Routed:
        return msg.replace(payload=self.trip_value, quality="good").to("trip")

    def _why(self, side: str, msg: Message) -> str:
        if side == "bad":
            return "tripped: no good reading"
        value = figure(msg.payload)
        return f"tripped: {value} above {self._high:g}" if side == "high" else f"tripped: {value} below {self._low:g}"

    def _limits(self) -> str:
        high, low, hysteresis = self.high, self.low, self.hysteresis
        if high is not None and low is not None:
            if hysteresis:
                return f"high limit {high:g}, low limit {low:g}, hysteresis {hysteresis:g}"
            return f"high limit {high:g}, low limit {low:g}"
        stated = f"low limit {low:g}" if high is None else f"high limit {high:g}"
        return f"{stated}, hysteresis {hysteresis:g}" if hysteresis else stated
