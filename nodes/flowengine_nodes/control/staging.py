"""The transform `control/staging`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Emission, Message, Port, Quality, Routed, State, Transform, unit
from flowengine_nodes.control.bounds import check_bounds
from flowengine_nodes.control.lineup import Lineup, Machine
from flowengine_nodes.signal.binary import binary
from flowengine_nodes.signal.readings import elapsed, usable
from flowengine_nodes.values.convert import number

LONGEST_GAP = 60.0
"""A longer time between two readings counts as no hours run, and as no more than this of a minimum time."""
COMES_BACK = 0.02
"""Share of the band by which the measurement has to come nearer within `delay`, to count as on its way back."""


class Staging(Transform, type="control/staging"):
    """Switch several machines of a kind on and off as they are needed, and share the hours among them: lead and lag.

    While the measurement is below `low` for `delay` seconds one more machine goes on: of those that may, the one with
    the fewest hours run. While it is above `high` for so long one goes off: the one with the most. With `engage` above
    it is the other way round, as for chillers. A machine that is on stays on for `minimum_on` seconds, one that is off
    stays off for `minimum_off`. With `rotate` one that has so many hours more than another one is relieved by it, also
    where the measurement asks for nothing.

    Hours are counted while a machine is commanded on, or by what comes to `running`; a number at `hours` sets them,
    such as the meter of the machine. What comes to `available` takes a machine out and lets it in again: one that was
    on goes off at once, and another one takes its place. At these three ports the topic of a message, or the last part
    of it, is the machine's name.

    With each reading a command for every machine leaves by `out`, true or false, its topic the machine (or, with
    `send`, only those that change), and `state` tells how many are on, how many were needed and could not go on, and
    for each machine whether it is on, available, its hours, and its place in the order. With a bad reading all stay as
    they are, quality uncertain; after `fallback_after` seconds only `fallback` machines stay on. All is kept over
    restarts.

    Example: machines 1, 2, 3; low 6.6, high 7.2, delay 5, minimum_on 30, rotate 24: three compressors on one net.
    """

    inputs = (
        Port("in", "number", "The measurement"),
        Port("running", "any", "A machine runs or does not, by topic"),
        Port("available", "any", "A machine may be used or not, by topic"),
        Port("hours", "number", "Hours that a machine has run, by topic"),
    )
    outputs = (Port("out", "boolean", "A command for each machine"), Port("state", "object", "What is on, and why"))

    machines: Annotated[list[str], Meta(description="Names of the machines", min_length=2, max_length=32)]
    low: Annotated[float, Meta(description="Below this one more machine goes on")]
    high: Annotated[float, Meta(description="Above this one goes off")]
    engage: Annotated[Literal["below", "above"], Meta(description="One more goes on below `low`, or above `high`")] = (
        "below"
    )
    delay: Annotated[
        float, Meta(description="So long outside the band before one is switched", ge=0, extra_json_schema=unit("s"))
    ] = 5.0
    minimum_on: Annotated[float, Meta(description="Shortest time on", ge=0, extra_json_schema=unit("s"))] = 0.0
    minimum_off: Annotated[float, Meta(description="Shortest time off", ge=0, extra_json_schema=unit("s"))] = 0.0
    rotate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="One with so many hours more than another is relieved; empty: never",
            extra_json_schema=unit("h"),
        ),
    ] = None
    send: Annotated[
        Literal["always", "changes"], Meta(description="Send all commands with each reading, or what changes")
    ] = "always"
    fallback: Annotated[int, Meta(description="Machines that stay on when readings stay bad", ge=0), ADVANCED] = 0
    fallback_after: Annotated[
        float,
        Meta(description="Bad readings for this long lead to the fallback", ge=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 60.0
    known: State[dict[str, Any]] = {}
    """What is remembered of the machines, as `Lineup.state` gives it."""
    last: State[float | None] = None
    """Time of the last reading."""
    outside: State[list[float]] = []
    """Since when the measurement is outside the band, on which side (+1 more, -1 fewer), and what it was then."""
    bad_since: State[float | None] = None
    sent: State[dict[str, list[Any]]] = {}
    """Machine -> the command and quality that have left last."""

    def __post_init__(self) -> None:
        if len(set(self.machines)) < len(self.machines):
            raise ValueError("a machine is named twice: every name once")
        check_bounds(self.low, self.high)
        self._lineup = Lineup(self.machines, self.minimum_on, self.minimum_off)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        super().restore(state)
        self._lineup.restore(self.known)

    def state(self) -> dict[str, Any]:
        """Return what is remembered."""
        self.known = self._lineup.state()
        return super().state()

    def process(self, msg: Message) -> Emission:
        """Decide by a reading."""
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        if self.last is not None:
            seconds = elapsed(self.last, msg.time)
            if seconds is not None and seconds <= LONGEST_GAP:
                self._lineup.count(seconds)
            else:  # a gap, or a clock that was set: nobody knows how long that was
                self._lineup.shift(msg.time - self.last - (0.0 if seconds is None else LONGEST_GAP))
        self.last = msg.time
        needed = self._without(msg.time) if value is None else self._with(value, msg.time)
        return self._told(msg, "uncertain" if value is None else msg.quality, needed)

    def on_running(self, msg: Message) -> None:
        """Hear whether a machine runs: its hours are counted by that from now on."""
        if msg.quality != "bad":
            self._machine(msg).runs = binary(msg.payload)

    def on_available(self, msg: Message) -> None:
        """Hear whether a machine may be used; what is not known leaves it as it was."""
        if msg.quality != "bad":
            self._machine(msg).available = binary(msg.payload)

    def on_hours(self, msg: Message) -> None:
        """Take over the hours that a machine has run."""
        if msg.quality == "bad":
            return
        hours = number(msg.payload)
        if not 0 <= hours < float("inf"):
            raise BadData(f"{hours:g} are no hours that a machine has run")
        self._machine(msg).hours = hours

    def _machine(self, msg: Message) -> Machine:
        found = self._lineup.machines.get(msg.topic) or self._lineup.machines.get(msg.topic.rpartition("/")[2])
        if found is None:
            raise BadData(f"topic '{msg.topic:.80}' is none of the machines: {', '.join(self.machines)[:200]}")
        return found

    def _with(self, value: float, time: float) -> int:
        """Switch what a measurement asks for, and return how many more are needed than could go on."""
        self.bad_since = None
        lineup = self._lineup
        below, above = (1, -1) if self.engage == "below" else (-1, 1)
        side = below if value < self.low else above if value > self.high else 0
        missing = lineup.replace_lost(time, needed=side >= 0)
        if not side:
            self.outside = []
            if self.rotate is not None:
                lineup.relieve(self.rotate, time)
            return missing
        if len(self.outside) < 3 or self.outside[1] != side or time < self.outside[0]:
            self.outside = [time, side, value]
        if time - self.outside[0] < self.delay:
            return missing
        moved = lineup.more(time) if side > 0 else lineup.fewer(time)
        if moved or self._nearer(value):
            self.outside = [time, side, value]  # each has its time to show what it does
            return missing
        return max(missing, int(side > 0))

    def _nearer(self, value: float) -> bool:
        """Say whether the measurement is on its way back into the band: then those that are on suffice."""
        before = self.outside[2]
        way = value - before if before < self.low else before - value
        return way > COMES_BACK * (self.high - self.low)

    def _without(self, time: float) -> int:
        """Keep all as they are, and after a time only the fallback."""
        if self.bad_since is None or time < self.bad_since:
            self.bad_since = time
            self.status("warning", "no good reading: machines stay as they are")
        missing = self._lineup.replace_lost(time)
        if time - self.bad_since >= self.fallback_after and self._lineup.on_count > self.fallback:
            self._lineup.keep(self.fallback, time)
            self.status("error", f"no good reading for {self.fallback_after:g} s: {self.fallback} stay on")
        return missing

    def _told(self, msg: Message, quality: Quality, missing: int) -> list[Message | Routed]:
        lineup = self._lineup
        if self.bad_since is None:
            if missing:
                self.status("warning", f"{lineup.on_count} of {len(self.machines)} on, and {missing} more needed")
            else:
                self.status("ok", f"{lineup.on_count} of {len(self.machines)} on")
        told: list[Message | Routed] = []
        for name, machine in lineup.machines.items():
            if self.send == "always" or self.sent.get(name) != [machine.on, quality]:
                self.sent[name] = [machine.on, quality]
                told.append(msg.replace(payload=machine.on, topic=name, quality=quality))
        payload = {"on": lineup.on_count, "missing": missing, "machines": lineup.told()}
        told.append(msg.replace(payload=payload, quality=quality).to("state"))
        return told
