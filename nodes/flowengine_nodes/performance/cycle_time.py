"""The transform `performance/cycle-time`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.signal.readings import elapsed, quantity
from flowengine_nodes.windows.statistics import percentile

Kind = Literal["normal", "slow", "small-stop", "stop"]
KINDS: tuple[Kind, ...] = ("normal", "slow", "small-stop", "stop")


class CycleTime(Transform, type="performance/cycle-time"):
    """Measure cycle times, and tell slow cycles from small stops: two losses that need different remedies.

    In: finished pieces. A number says how many more there are (see performance/counter), true is one, false and 0
    none; several at once share the time since the piece before. With `measure` seconds the machine says the cycle time
    of a piece itself. Out: the cycle time in s, with msg.kind, compared with the `ideal` one (the planned run time per
    item of ISO 22400-2:2014): normal; slow, if longer by more than `slow_from` of it; small-stop from `small_stop` s
    on; stop from `long_stop` s on.

    `figures` has, of the last `most` cycles, count, ideal, mean, median, min, max and the percentile `percent`, stops
    of both sorts left out; and for each kind how many there were, and the seconds that they took beyond the ideal
    (`lost`), since the start or the last message at `reset`, which sends the figures once more.

    A bad message makes the next cycle unknown: it is left out. So is one during which the clock was set back; a late
    reading is refused. All is kept over restarts, but the cycle in which the engine was away may show as a stop.

    Example: ideal 2, small_stop 10, stop 300 behind the part sensor of a press.
    """

    inputs = (Port("in", "any", "Pieces, or the cycle time of one"), Port("reset", "any", "Begin the figures anew"))
    outputs = (Port("out", "number", "The cycle time, with msg.kind"), Port("figures", "object", "The figures so far"))

    ideal: Annotated[float, Meta(description="Ideal cycle time", gt=0, extra_json_schema=unit("s"))]
    measure: Annotated[
        Literal["pieces", "seconds"], Meta(description="What comes: pieces, or the cycle time in seconds")
    ] = "pieces"
    slow_from: Annotated[float, Meta(description="Slow, if longer than ideal by more than this share", ge=0)] = 0.1
    small_stop: Annotated[
        float, Meta(description="A cycle of so long holds a small stop", gt=0, extra_json_schema=unit("s"))
    ] = 30.0
    long_stop: Annotated[
        float, Meta(description="A cycle of so long holds a stop", gt=0, extra_json_schema=unit("s"))
    ] = 300.0
    percent: Annotated[float, Meta(description="Which percentile to give", gt=0, lt=100)] = 95.0
    most: Annotated[int, Meta(description="Cycles that the figures are of", ge=1, le=10_000), ADVANCED] = 500
    last: State[float | None] = None
    """When the piece before was finished; None: not known."""
    cycles: State[list[float]] = []
    """The newest cycles that are no stops."""
    counts: State[dict[str, int]] = {}
    lost: State[dict[str, float]] = {}
    """Kind -> seconds beyond the ideal."""

    def __post_init__(self) -> None:
        if not self.ideal * (1 + self.slow_from) <= self.small_stop <= self.long_stop:
            raise ValueError(
                f"expected ideal x (1 + slow_from) ({self.ideal * (1 + self.slow_from):g}) <= small_stop "
                f"({self.small_stop:g}) <= stop ({self.long_stop:g})"
            )

    def process(self, msg: Message) -> list[Message | Routed]:
        """Measure the cycle that ends with this message."""
        if msg.quality == "bad":
            self.last = None
            return []
        if self.measure == "seconds":
            return self._taken(msg, quantity(msg.payload), 1)
        pieces = int(msg.payload) if isinstance(msg.payload, bool) else quantity(msg.payload)
        if pieces < 0 or pieces != int(pieces):
            raise BadData(f"{pieces:g} is no number of pieces; wire a counter through performance/counter")
        if not pieces:
            return []
        seconds = None if self.last is None else elapsed(self.last, msg.time)
        self.last = msg.time
        return [] if seconds is None else self._taken(msg, seconds / pieces, int(pieces))

    def on_reset(self, msg: Message) -> Routed:
        """Send the figures and begin them anew."""
        figures = msg.replace(payload=self._figures(), quality="good").to("figures")
        self.cycles, self.counts, self.lost = [], {}, {}
        return figures

    def kind_of(self, seconds: float) -> Kind:
        """Return what a cycle of this length is."""
        if seconds >= self.long_stop:
            return "stop"
        if seconds >= self.small_stop:
            return "small-stop"
        return "slow" if seconds > self.ideal * (1 + self.slow_from) else "normal"

    def _taken(self, msg: Message, seconds: float, pieces: int) -> list[Message | Routed]:
        if seconds < 0:
            raise BadData(f"a cycle time is 0 s or more, not {seconds:g}")
        kind = self.kind_of(seconds)
        self.counts[kind] = self.counts.get(kind, 0) + pieces
        self.lost[kind] = self.lost.get(kind, 0.0) + (seconds - self.ideal) * pieces
        if kind in ("normal", "slow"):
            self.cycles += [seconds] * min(pieces, self.most)
            del self.cycles[: -self.most]
        properties = {**msg.properties, "kind": kind, "unit": "s"}
        return [
            msg.replace(payload=seconds, properties=properties),
            msg.with_payload(self._figures()).to("figures"),
        ]

    def _figures(self) -> dict[str, Any]:
        ordered = sorted(self.cycles)
        count = len(ordered)
        return {
            "count": count,
            "ideal": self.ideal,
            "mean": sum(ordered) / count if count else None,
            "median": percentile(ordered, 50),
            "min": ordered[0] if count else None,
            "max": ordered[-1] if count else None,
            "percentile": percentile(ordered, self.percent),
            "kinds": {kind: {"count": self.counts.get(kind, 0), "lost": self.lost.get(kind, 0.0)} for kind in KINDS},
        }
