"""The transform `signal/totalizer`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.signal.readings import SECONDS, elapsed, quantity, trusted, usable


class Totalizer(Transform, type="signal/totalizer"):
    """Add up a rate over time: litres from litres per minute, kWh from kW (totaliser, integrator, integral).

    Each reading is a rate per `per`. Between two readings it went from one to the other in a straight line
    (`trapezoid`), or stood at the old value (`step`). The first reading gives the total as it is. Rates nearer to 0
    than `cutoff` count as 0: a meter that stands still has some noise. The total leaves with the unit `unit`.

    Any message to the port `reset` sets the total to 0, or to its payload if that is a number; the total of before
    leaves by the port `batch`. With `roll_over` the total goes on from 0 when it gets there, as a mechanical counter
    does, and what it has gone round leaves by `batch`: so `batch` says each time when a portion is full.

    A bad reading leaves with the total as it is, quality bad; the time until the next good one counts by the readings
    on both sides and makes the total uncertain from then on, until a reset. So does an uncertain reading. A gap of more
    than `longest_gap` does not count at all, and makes it uncertain, too. A reading older than the last one is refused
    as late; after a clock set back by over a minute it goes on from there, and is uncertain, too. The total is exact
    over years (compensated sum) and is kept over restarts, and what passed meanwhile counts like any other gap. One
    node adds up one signal.

    Example: per h, unit kWh behind a power meter in kW: the energy; a reset at midnight sends the day's by `batch`.
    """

    inputs = (Port("in", "number", "The rate"), Port("reset", "any", "Set the total to 0, or to a number"))
    outputs = (
        Port("out", "number", "The total"),
        Port("batch", "number", "The total before a reset, or a full portion"),
    )

    per: Annotated[
        Literal["s", "min", "h", "d"], Meta(description="The readings are per second, minute, hour or day")
    ] = "s"
    unit: Annotated[str, Meta(description="Unit of the total, such as kWh; empty: says nothing")] = ""
    between: Annotated[Literal["trapezoid", "step"], Meta(description="What the rate did between two readings")] = (
        "trapezoid"
    )
    cutoff: Annotated[float, Meta(description="A rate nearer to 0 than this counts as 0", ge=0)] = 0.0
    negative: Annotated[Literal["subtract", "ignore"], Meta(description="What a rate below 0 does: backflow")] = (
        "subtract"
    )
    roll_over: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="The total begins again at 0 when it gets here; empty: never"),
    ] = None
    longest_gap: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="A longer time between readings does not count; empty: all counts", extra_json_schema=unit("s")
        ),
        ADVANCED,
    ] = None
    total: State[float] = 0.0
    rest: State[float] = 0.0
    """What rounding has left out of `total` (Kahan, Babuška and Neumaier)."""
    last: State[list[float]] = []
    """Time and rate of the last usable reading."""
    doubtful: State[bool] = False
    """Whether the total is uncertain until the next reset."""
    missing: State[bool] = False
    """Whether readings since `last` were bad."""

    def process(self, msg: Message) -> Message | list[Message | Routed]:
        """Add what has come since the last reading."""
        rate = usable(msg.payload, msg.quality)
        if rate is None:
            self.missing = True
            return self._sent(msg, "bad")
        if -self.cutoff < rate < self.cutoff or (rate < 0 and self.negative == "ignore"):
            rate = 0.0
        full = 0.0
        if self.last:
            then, before = self.last
            seconds = elapsed(then, msg.time)
            if seconds is None or (self.longest_gap is not None and seconds > self.longest_gap):
                seconds, self.missing = 0.0, True
            if self.missing:
                self.doubtful, self.missing = True, False
            if seconds:
                self._add((before if self.between == "step" else (before + rate) / 2) * (seconds / SECONDS[self.per]))
                full = self._rolled()
        self.doubtful = self.doubtful or msg.quality == "uncertain"
        self.last, self.missing = [msg.time, rate], False
        result = self._sent(msg, "uncertain" if self.doubtful else "good")
        if not full:
            return result
        return [result.with_payload(full).to("batch"), result]

    def on_reset(self, msg: Message) -> list[Message | Routed]:
        """Set the total, and send what it was.

        Raises:
            BadData: the payload is a number that is not finite, or the message is bad.
        """
        value = trusted(msg)
        start = quantity(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
        if self.roll_over is not None and not 0 <= start < self.roll_over:
            raise BadData(f"the total cannot be set to {start:g}: it goes from 0 to {self.roll_over:g}")
        batch = self._sent(msg, "uncertain" if self.doubtful else "good")
        self.total, self.rest, self.doubtful = start, 0.0, False
        return [batch.to("batch"), self._sent(msg, "good")]

    def _add(self, amount: float) -> None:
        total = self.total + amount
        larger, smaller = (self.total, amount) if abs(self.total) >= abs(amount) else (amount, self.total)
        self.rest += (larger - total) + smaller
        self.total = total

    def _rolled(self) -> float:
        """Take full portions off the total and return them, 0 if there was none."""
        if self.roll_over is None:
            return 0.0
        rounds, now = divmod(self.total + self.rest, self.roll_over)
        if rounds:
            self.total, self.rest = now, 0.0
        return max(0.0, rounds * self.roll_over)

    def _sent(self, msg: Message, quality: Literal["good", "uncertain", "bad"]) -> Message:
        properties = {**msg.properties, "unit": self.unit} if self.unit else msg.properties
        return Message(self.total + self.rest, msg.topic, msg.time, quality, msg.id, properties)
