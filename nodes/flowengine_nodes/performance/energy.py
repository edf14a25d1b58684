"""The transform `performance/energy`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, State, Transform, unit
from flowengine_nodes.performance.pieces import pieces_of
from flowengine_nodes.signal.binary import binary
from flowengine_nodes.signal.readings import elapsed, usable


class Energy(Transform, type="performance/energy"):
    """Say what energy a piece takes, and what the machine takes while it makes nothing.

    In: its power in kW (straight lines between the readings), or the meter in kWh, which begins anew at `roll_over` or
    when it is replaced. `pieces` takes how many more were made (see performance/counter), `running`, if wired, whether
    it runs. Each reading leaves by `out` the energy in kWh, pieces, `per_piece` in kWh (null before the first), `idle`,
    the part that was taken while it stood, and begin and end, since the start or the last message at `reset`. Then the
    figures leave by `batch` and begin anew: wire there the end of a shift, of an order, of an hour.

    An indicator for energy management in the sense of ISO 22400-2:2014/Amd 1:2017: measured energy by pieces made.

    A bad reading leaves nothing out of a meter; with power, the time until the next good one counts by the readings on
    both sides and makes the figures uncertain until the reset, a gap of more than `longest_gap` does not count at all.
    A late reading is refused. All is kept over restarts.

    Example: measure power behind the power meter of a press, pieces from its counter, reset by performance/oee's shift.
    """

    inputs = (
        Port("in", "number", "Power in kW, or the meter in kWh"),
        Port("pieces", "number", "So many more pieces"),
        Port("running", "any", "Whether it runs: on or off"),
        Port("reset", "any", "Send the figures and begin them anew"),
    )
    outputs = (Port("out", "object", "The figures so far"), Port("batch", "object", "The figures at a reset"))

    measure: Annotated[Literal["power", "meter"], Meta(description="What comes: power in kW, or a meter in kWh")] = (
        "power"
    )
    roll_over: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="The meter shows 0 in place of this; empty: never", extra_json_schema=unit("kWh")),
    ] = None
    longest_gap: Annotated[
        float,
        Meta(description="A longer time between readings of power does not count", gt=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 3600.0
    begin: State[float] = 0.0
    energy: State[float] = 0.0
    idle: State[float] = 0.0
    made: State[float] = 0.0
    last: State[list[float]] = []
    """Time and value of the last usable reading."""
    runs: State[bool] = True
    missing: State[bool] = False
    doubtful: State[bool] = False

    def process(self, msg: Message) -> Message | None:
        """Add the energy since the last reading."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            self.missing = True
            return None
        self.begin = self.begin or msg.time
        if self.last:
            then, before = self.last
            seconds = elapsed(then, msg.time)
            added = self._by_power(before, value, seconds) if self.measure == "power" else self._by_meter(before, value)
            self.energy += added
            if not self.runs:
                self.idle += added
        self.doubtful |= msg.quality == "uncertain"
        self.last, self.missing = [msg.time, value], False
        return self._figures(msg)

    def on_pieces(self, msg: Message) -> None:
        """Count pieces.

        Raises:
            BadData: see `pieces_of`.
        """
        if msg.quality == "bad":
            self.doubtful = True
            return
        pieces = pieces_of(msg.payload)
        self.doubtful |= msg.quality == "uncertain"
        self.made += pieces

    def on_running(self, msg: Message) -> None:
        """Hear whether the machine runs: that holds from the last reading on."""
        if msg.quality != "bad":
            self.runs = binary(msg.payload)

    def on_reset(self, msg: Message) -> Any:
        """Send the figures and begin them anew."""
        batch = self._figures(msg).to("batch")
        self.begin, self.energy, self.idle, self.made, self.doubtful = msg.time, 0.0, 0.0, 0.0, False
        return batch

    def _by_power(self, before: float, now: float, seconds: float | None) -> float:
        if seconds is None or seconds > self.longest_gap:
            self.doubtful = True
            return 0.0
        self.doubtful |= self.missing
        return (before + now) / 2 * seconds / 3600.0

    def _by_meter(self, before: float, now: float) -> float:
        if now >= before:
            return now - before
        if self.roll_over is not None and now + self.roll_over - before <= self.roll_over / 2:
            return now + self.roll_over - before
        self.doubtful = True  # a new meter, which need not have begun at 0
        return 0.0

    def _figures(self, msg: Message) -> Message:
        payload = {
            "energy": self.energy,
            "pieces": self.made,
            "per_piece": self.energy / self.made if self.made else None,
            "idle": self.idle,
            "begin": self.begin,
            "end": msg.time,
        }
        properties = {**msg.properties, "unit": "kWh"}
        return msg.replace(payload=payload, quality="uncertain" if self.doubtful else "good", properties=properties)
