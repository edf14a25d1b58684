"""The transform `performance/oee`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.performance.account import Account, Kind
from flowengine_nodes.performance.calendar import Calendar, Shift, Stop
from flowengine_nodes.performance.pieces import pieces_of
from flowengine_nodes.signal.binary import binary
from flowengine_nodes.signal.readings import quantity
from flowengine_nodes.values.convert import shown

TICK = 60.0
"""Seconds after which the clock is looked at again at the latest."""

SET_BACK = 60.0
"""Seconds by which the clock may be set back without the figures beginning anew: they wait for it to catch up."""

AWAY = 2 * TICK
"""A longer pause means that the engine did not run, or that the clock was set: what the machine did is not known."""

SURE = 1.0
"""Seconds of unknown time that make no report uncertain: a start takes as long."""

LONG_AWAY = 86400.0
"""After a longer pause the figures begin anew."""


class Oee(Transform, type="performance/oee"):
    """Say how well a machine is used: overall equipment effectiveness, OEE, and where it is lost, by shift and hour.

    In: whether it runs (`running`), pieces added (`good`, `reject`: see performance/counter), a planned stop (on, off),
    the reason of a stop, and, where the product changes, the planned run time of a piece.
    Out: every `every` seconds the figures of the shift so far; by `hour` and `shift` those of each that has ended. Then
    they begin anew, by the engine's clock and the wall time of the zone, so that a night shift has 7 or 9 hours when
    the clocks change. No shifts: the day is one. What is made outside shifts does not count.

    By ISO 22400-2:2014: availability = actual production time / planned busy time (shift less breaks and planned
    stops); performance = planned run time per item x produced / actual production time; quality = good / produced; OEE
    is the product. Nothing is cut off: a performance over 1 says that `run_time` is too long, or that the machine works
    through breaks: then leave them out of `shifts`. `losses` has Nakajima's six in seconds: breakdown; setup (its
    reason is among `setup_reasons`); minor_stops (at most `small_stop`, without a reason: production time that is lost
    as performance; ISO 22400 knows none, hence 0); reduced_speed; startup_rejects (within `startup` after a longer
    stop); rejects. With `effective` they add up to planned_busy_time. A reason that comes after the stop corrects the
    latest one, as long as its shift lasts.

    While `running` is bad, the engine was away or its clock was set, the time is `unknown`: no part of the planned busy
    time; the report is uncertain, as it is when a count was bad. Pieces that were made meanwhile prove that it ran as
    long as they take by `run_time`, so none of this makes the figures better. All is kept over restarts.

    Example: shifts early, late and night, run_time 1.2 behind the running bit and the counters of a press.
    """

    inputs = (
        Port("running", "any", "Whether the machine runs: on or off"),
        Port("good", "number", "So many more good pieces, or pieces at all"),
        Port("reject", "number", "So many more rejects"),
        Port("planned-stop", "any", "Whether a planned stop lasts: on or off"),
        Port("reason", "text", "Why it stands"),
        Port("run-time", "number", "Planned run time of a piece from now on, in s"),
    )
    outputs = (
        Port("out", "object", "The shift so far"),
        Port("hour", "object", "An hour that has ended"),
        Port("shift", "object", "A shift that has ended"),
    )

    run_time: Annotated[
        float, Meta(description="Planned run time per item: the ideal cycle time", gt=0, extra_json_schema=unit("s"))
    ]
    counts: Annotated[
        Literal["good", "all"],
        Meta(description="What the port good counts: good pieces, or all that are made, the rejects among them"),
    ] = "good"
    shifts: Annotated[list[Shift], Meta(description="The shifts; empty: each day is one", max_length=50)] = []
    planned_stops: Annotated[
        list[Stop], Meta(description="Dates on which no work is planned: holidays, maintenance", max_length=1000)
    ] = []
    time_zone: Annotated[str, Meta(description="Name of the time zone, such as Europe/Berlin")] = "UTC"
    small_stop: Annotated[
        float,
        Meta(
            description="A stop of at most so long is a minor one: lost performance", ge=0, extra_json_schema=unit("s")
        ),
    ] = 0.0
    setup_reasons: Annotated[list[str], Meta(description="Reasons that mean setup and adjustment", max_length=100)] = [
        "setup",
        "adjustment",
    ]
    startup: Annotated[
        float,
        Meta(
            description="Rejects within so long after a longer stop are lost to start-up",
            ge=0,
            extra_json_schema=unit("s"),
        ),
    ] = 0.0
    every: Annotated[float, Meta(description="Time between live reports", ge=1, extra_json_schema=unit("s"))] = 60.0
    topic: Annotated[str, Meta(description="Topic of the reports"), ADVANCED] = ""

    at: State[float] = 0.0
    """Up to when times have been counted, by the engine's clock; 0: not yet."""
    seen: State[float] = 0.0
    """When this was stored: up to then the machine is known to have been as it is."""
    machine: State[str] = "unknown"
    """running, stopped or unknown."""
    before: State[str] = "unknown"
    """The same, as of the last good reading."""
    planned: State[bool] = False
    """Whether a planned stop lasts, by its port."""
    reason: State[str] = ""
    stood: State[float] = 0.0
    """Seconds of the stop that lasts, in time of work."""
    starting: State[float] = 0.0
    """Seconds of start-up that are left."""
    ran: State[float] = 0.0
    """Seconds since the newest count in which it was seen to run."""
    unseen: State[float] = 0.0
    """Seconds since the newest count in which it was not known what it did."""
    item: State[float] = 0.0
    """The planned run time per item that the port has given; 0: none."""
    of_shift: State[Account | None] = None
    of_hour: State[Account | None] = None

    def __post_init__(self) -> None:
        self._calendar = Calendar(self.shifts, self.planned_stops, self.time_zone)
        self._timer: asyncio.TimerHandle | None = None
        self._live = 0.0
        self._watched = 0.0
        """Since when the node has watched, by the engine's clock: what came before, since `seen`, is not known."""

    def state(self) -> dict[str, Any]:
        """Return what is remembered, and when that is."""
        if self._timer is not None:
            self.seen = self.clock.now()
        return super().state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        super().restore(state)
        self.of_shift = msgspec.convert(self.of_shift, Account | None)
        self.of_hour = msgspec.convert(self.of_hour, Account | None)

    async def start(self) -> None:
        """Look at the clock from now on."""
        now = self.clock.now()
        self._live = self._next_live(now)
        self._watched = now
        if not self.at:
            self._begin(now)
        self._arm(now)

    async def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def process(self, msg: Message) -> list[Routed]:
        """Hear whether the machine runs."""
        machine = "unknown" if msg.quality == "bad" else "running" if binary(msg.payload) else "stopped"
        sent = self._pass()
        if machine == "running" and self.before == "stopped":
            kind = self._kind()
            for account in self._accounts():
                account.end_stop(kind)
            if kind != "minor":
                self.starting = self.startup
            self.reason, self.stood = "", 0.0
        self.machine = machine
        if machine != "unknown":
            self.before = machine
        return sent

    def on_good(self, msg: Message) -> list[Routed]:
        """Count good pieces."""
        return self._count(msg, good=True)

    def on_reject(self, msg: Message) -> list[Routed]:
        """Count rejects."""
        return self._count(msg, good=False)

    def on_planned_stop(self, msg: Message) -> list[Routed]:
        """Hear whether a planned stop lasts; a bad reading changes nothing."""
        planned = self.planned if msg.quality == "bad" else binary(msg.payload)
        sent = self._pass()
        self.planned = planned
        return sent

    def on_reason(self, msg: Message) -> list[Routed]:
        """Hear why the machine stands, or stood.

        Raises:
            BadData: the payload is no text.
        """
        if not isinstance(msg.payload, str) or not msg.payload.strip():
            raise BadData(f"{shown(msg.payload)} is no reason; expected a text")
        sent = self._pass()
        if self.before == "stopped":
            self.reason = msg.payload.strip()
        else:
            for account in self._accounts():
                account.correct("setup" if msg.payload.strip() in self.setup_reasons else "breakdown")
        return sent

    def on_run_time(self, msg: Message) -> list[Routed]:
        """Take the planned run time of the pieces to come.

        Raises:
            BadData: it is not more than 0.
        """
        if msg.quality == "bad":
            return []
        seconds = quantity(msg.payload)
        if seconds <= 0:
            raise BadData(f"a planned run time is more than 0 s, not {seconds:g}")
        sent = self._pass()
        self.item = seconds
        return sent

    def _count(self, msg: Message, good: bool) -> list[Routed]:
        pieces = 0.0 if msg.quality == "bad" else pieces_of(msg.payload)
        sent = self._pass()
        if self.of_shift is None and pieces:
            self.drop("outside-shifts", meant=True)
        run = pieces * (self.item or self.run_time)
        if msg.quality != "bad" and (good or self.counts == "good"):
            self._prove(run)
        for account in self._accounts():
            account.doubtful |= msg.quality != "good"
            if good:
                account.good += pieces
                account.run_of_good += run
                continue
            if self.counts == "all":
                account.not_good(pieces, run)
            account.rejects += pieces
            account.run_of_rejects += run
            if self.starting:
                account.startup_rejects += pieces
                account.run_of_startup += run
        return sent

    def _prove(self, run: float) -> None:
        """Take what pieces needed beyond the time in which it was seen to run from that in which nobody saw it."""
        for account in self._accounts():
            account.prove(min(self.unseen, max(0.0, run - self.ran)))
        self.ran = self.unseen = 0.0

    def _accounts(self) -> list[Account]:
        return [account for account in (self.of_shift, self.of_hour) if account is not None]

    def _kind(self) -> Kind:
        """Return what the stop that lasts is so far."""
        if self.reason:
            return "setup" if self.reason in self.setup_reasons else "breakdown"
        return "minor" if self.stood <= self.small_stop else "breakdown"

    def _pass(self) -> list[Routed]:
        """Count the time up to now and return the reports that have fallen due."""
        now = self.clock.now()
        if not self.at - SET_BACK <= now <= self.at + LONG_AWAY:
            sent = [*self._ended("hour", self.of_hour, self.at), *self._ended("shift", self.of_shift, self.at)]
            self._begin(now)
            return sent
        away = now - max(self.at, self._watched) > AWAY
        sent = []
        while self.at < now:
            end = min(now, self._calendar.change(self.at))
            unseen = self.seen <= self.at < self._watched
            for edge in (self.seen, self._watched):
                end = min(end, edge) if self.at < edge else end
            self._add(end - self.at, "unknown" if away or unseen else self.machine)
            self.at = end
            sent += self._turned(end)
        return sent

    def _add(self, seconds: float, machine: str) -> None:
        if self.of_shift is None:
            return
        plan = "planned-stop" if self.planned else self._calendar.plan(self.at)
        for account in self._accounts():
            if plan == "planned-stop":
                account.planned_stops += seconds
            elif plan == "break":
                account.breaks += seconds
            elif machine == "running":
                account.running += seconds
            elif machine == "stopped":
                account.standing += seconds
            else:
                account.unknown += seconds
        if plan == "work" and machine != "stopped":
            self.ran += seconds if machine == "running" else 0.0
            self.unseen += seconds if machine == "unknown" else 0.0
        if machine == "running":
            self.starting = max(0.0, self.starting - seconds)
        elif machine == "stopped" and plan == "work":
            self.stood += seconds

    def _turned(self, moment: float) -> list[Routed]:
        """Return the reports of what ends at a moment, and begin what begins there."""
        period, sent = self._calendar.period(moment), list[Routed]()
        turned = period.begin == moment or (self.of_shift is None) != (not period.name)
        if turned or self._calendar.hour(moment)[0] == moment:
            sent += self._ended("hour", self.of_hour, moment)
            self.of_hour = Account(name=period.name, begin=moment) if period.name else None
        if turned:
            sent += self._ended("shift", self.of_shift, moment)
            self.of_shift = Account(name=period.name, begin=moment) if period.name else None
        return sent

    def _begin(self, now: float) -> None:
        name = self._calendar.period(now).name
        self.at, self._watched, self._live = now, now, self._next_live(now)
        self.of_shift = Account(name=name, begin=now) if name else None
        self.of_hour = Account(name=name, begin=now) if name else None

    def _ended(self, port: str, account: Account | None, end: float) -> list[Routed]:
        return [] if account is None or account.begin >= end else [self._said(account, end).to(port)]

    def _said(self, account: Account, end: float) -> Message:
        doubtful = account.doubtful or account.unknown > SURE
        payload = account.report(end, self._kind())
        return Message(payload, self.topic, end, "uncertain" if doubtful else "good")

    def _next_live(self, now: float) -> float:
        return (math.floor(now / self.every + 1e-9) + 1) * self.every

    def _tick(self) -> None:
        for routed in self._pass():
            self.emit(routed.msg, routed.port)
        now = self.clock.now()
        if not now < self._live <= now + self.every:
            self._live = self._next_live(now)
            if self.of_shift is not None:
                msg = self._said(self.of_shift, self.at)
                self.emit(msg)
                oee = msg.payload["oee"]
                self.status("ok", f"{self.machine}, OEE {oee:.1%}" if oee is not None else self.machine)
            else:
                self.status("off", "no shift")
        self._arm(now)

    def _arm(self, now: float) -> None:
        """Look again when something falls due; as timers round, never before it."""
        wait = min(self._live, self._calendar.change(max(now, self.at))) - now
        self._timer = self.clock.call_later(min(max(wait, 0.0) + 1e-3, TICK), self._tick)
