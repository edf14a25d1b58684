"""The shift calendar of a plant: which shift it is, and when in it work is planned."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from flowengine_nodes.timing.wall import after_gap, zone_of

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Break(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A part of a shift in which no work is planned."""

    begin: Annotated[str, Meta(description="Time of day, such as 09:00", pattern=TIME)]
    end: Annotated[str, Meta(description="Time of day, such as 09:15", pattern=TIME)]


class Shift(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A shift; one that ends at or before the time of day at which it begins ends on the next day."""

    name: Annotated[str, Meta(description="Name of the shift", min_length=1, max_length=100)]
    begin: Annotated[str, Meta(description="Time of day, such as 06:00", pattern=TIME)]
    end: Annotated[str, Meta(description="Time of day, such as 14:00", pattern=TIME)]
    days: Annotated[list[Day], Meta(description="Days on which it begins; empty: every day")] = []
    breaks: Annotated[list[Break], Meta(description="Breaks: no work is planned", max_length=50)] = []


class Stop(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A planned stop on a date: maintenance, a holiday."""

    begin: Annotated[
        str, Meta(description="Local date and time, such as 2026-12-24T14:00", pattern=f"^.{{10}}T{TIME[1:]}")
    ]
    end: Annotated[str, Meta(description="Local date and time", pattern=f"^.{{10}}T{TIME[1:]}")]


AROUND_THE_CLOCK = Shift(name="day", begin="00:00", end="00:00")
"""The shift of a plant that says nothing of shifts: from midnight to midnight."""

Plan = Literal["work", "break", "planned-stop"]


class Period(NamedTuple):
    """One shift on one day, or the time between two shifts (name empty); seconds since 1970 UTC."""

    name: str
    begin: float
    end: float


class Calendar:
    """Shifts, breaks and planned stops in a time zone.

    All times of day are those on the wall: when the clocks change, a night shift is an hour shorter or longer. A time
    that is skipped in spring is the first after the gap, one that comes twice in autumn is the first of the two.
    """

    def __init__(self, shifts: Sequence[Shift], stops: Sequence[Stop] = (), zone: str = "UTC") -> None:
        """Check the calendar.

        Raises:
            ValueError: shifts overlap, a break is not in its shift, or a date or the zone is not known.
        """
        self.zone = zone_of(zone)
        self._shifts = list(shifts) or [AROUND_THE_CLOCK]
        self._stops = sorted(self._moments(stop) for stop in stops)
        self._now: tuple[float, float, Plan] = (0.0, 0.0, "work")
        self._known: dict[date, list[tuple[Period, list[tuple[float, float]]]]] = {}
        for shift in self._shifts:
            for pause in shift.breaks:
                begin, end = _within(shift, pause)
                if end > _minutes(shift.begin, shift.end):
                    raise ValueError(f"shift {shift.name}: the break {pause.begin} to {pause.end} is not within it")
        week = sorted(
            (day * 1440 + _minute(shift.begin), _minutes(shift.begin, shift.end), shift.name)
            for shift in self._shifts
            for day in range(7)
            if not shift.days or DAYS[day] in shift.days
        )
        for (begin, length, name), (following, _, other) in zip(week, [*week[1:], week[0]], strict=True):
            free = (following - begin) % (7 * 1440) or 7 * 1440
            if length > free or (len(week) > 1 and following == begin):
                raise ValueError(f"shifts {name} and {other} overlap")

    def period(self, moment: float) -> Period:
        """Return the shift at a moment, or the time between two shifts."""
        before, after = moment - 86400.0, moment + 86400.0
        for period, _ in self._around(moment):
            if period.begin <= moment < period.end:
                return period
            if period.end <= moment:
                before = max(before, period.end)
            else:
                after = min(after, period.begin)
        return Period("", before, after)

    def plan(self, moment: float) -> Plan:
        """Return what is planned at a moment within a shift."""
        return self._stretch(moment)[2]

    def change(self, moment: float) -> float:
        """Return the next moment at which the shift, what is planned, or the hour of the day becomes another one."""
        return self._stretch(moment)[1]

    def _stretch(self, moment: float) -> tuple[float, float, Plan]:
        """Return a stretch of time without change: a moment since which it is known, its end, what is planned in it."""
        if self._now[0] <= moment < self._now[1]:
            return self._now
        breaks = [pause for _, pauses in self._around(moment) for pause in pauses]
        edges = [self.period(moment).end, self.hour(moment)[1]]
        edges += [edge for span in (*self._stops, *breaks) for edge in span if edge > moment]
        plan: Plan = "break" if any(begin <= moment < end for begin, end in breaks) else "work"
        if any(begin <= moment < end for begin, end in self._stops):
            plan = "planned-stop"
        self._now = (moment, min(edges), plan)
        return self._now

    def hour(self, moment: float) -> tuple[float, float]:
        """Return begin and end of the hour on the wall; where the clocks are not an hour apart, of the part of it."""
        local = datetime.fromtimestamp(moment, self.zone)
        into = local.minute * 60 + local.second + local.microsecond / 1e6
        begin = round(moment - into, 3)
        return begin, begin + 3600.0

    def _around(self, moment: float) -> list[tuple[Period, list[tuple[float, float]]]]:
        """Return the shifts that begin from the day before to the day after, with their breaks."""
        today = datetime.fromtimestamp(moment, self.zone).date()
        if today not in self._known:
            self._known = {today: [one for day in (-1, 0, 1) for one in self._of_day(today + timedelta(days=day))]}
        return self._known[today]

    def _of_day(self, day: date) -> list[tuple[Period, list[tuple[float, float]]]]:
        found = list[tuple[Period, list[tuple[float, float]]]]()
        for shift in self._shifts:
            if shift.days and DAYS[day.weekday()] not in shift.days:
                continue
            midnight = datetime.combine(day, time.min)
            start = _minute(shift.begin)
            begin, end = (self._at(midnight, start + m) for m in (0, _minutes(shift.begin, shift.end)))
            breaks = [tuple(self._at(midnight, start + m) for m in _within(shift, pause)) for pause in shift.breaks]
            bisect.insort(
                found, (Period(shift.name, begin, end), [(b, e) for b, e in breaks]), key=lambda one: one[0].begin
            )
        return found

    def _at(self, midnight: datetime, minutes: int) -> float:
        return after_gap(midnight + timedelta(minutes=minutes), self.zone).timestamp()

    def _moments(self, stop: Stop) -> tuple[float, float]:
        try:
            begin, end = (
                after_gap(datetime.fromisoformat(text), self.zone).timestamp() for text in (stop.begin, stop.end)
            )
        except ValueError as error:
            raise ValueError(f"planned stop {stop.begin} to {stop.end}: {error}") from error
        if end <= begin:
            raise ValueError(f"planned stop {stop.begin} to {stop.end}: it ends before it begins")
        return begin, end


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _minutes(begin: str, end: str) -> int:
    """Return the minutes from one time of day to the next that shows the other one, on a day without change."""
    return (_minute(end) - _minute(begin)) % 1440 or 1440


def _within(shift: Shift, pause: Break) -> tuple[int, int]:
    """Return begin and end of a break in minutes after the begin of its shift."""
    begin = (_minute(pause.begin) - _minute(shift.begin)) % 1440
    return begin, begin + _minutes(pause.begin, pause.end)
