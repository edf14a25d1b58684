"""The shift calendar: shifts, breaks, planned stops, and the nights in which the clocks change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.performance.calendar import Break, Calendar, Shift, Stop
from tests.nodes.performance.shop_floor import moment

THREE = [
    Shift(name="early", begin="06:00", end="14:00", breaks=[Break(begin="09:00", end="09:15")]),
    Shift(name="late", begin="14:00", end="22:00"),
    Shift(name="night", begin="22:00", end="06:00", breaks=[Break(begin="02:00", end="02:30")]),
]


def berlin(shifts: list[Shift] = THREE, stops: list[Stop] | None = None) -> Calendar:
    return Calendar(shifts, stops or [], "Europe/Berlin")


@pytest.mark.parametrize(
    ("evening", "hours"), [("2026-10-24T23:00", 9), ("2026-03-28T23:00", 7), ("2026-06-10T23:00", 8)]
)
def test_a_night_shift_has_the_hours_that_the_clocks_give_it(evening: str, hours: float) -> None:
    night = berlin().period(moment(evening))
    assert night.name == "night"
    assert (night.end - night.begin) / 3600 == hours


def test_a_break_in_the_hour_that_is_skipped_does_not_take_place() -> None:
    calendar = berlin()
    begin = int(moment("2026-03-28T22:00"))
    assert {calendar.plan(begin + minute * 60) for minute in range(7 * 60)} == {"work"}
    begin = int(moment("2026-10-24T22:00"))
    assert sum(calendar.plan(begin + minute * 60) == "break" for minute in range(9 * 60)) == 30


def test_between_two_shifts_there_is_none() -> None:
    calendar = berlin([Shift(name="day", begin="07:00", end="15:00", days=["mon", "tue", "wed", "thu", "fri"])])
    assert calendar.period(moment("2026-06-12T14:59")).name == "day"  # a Friday
    assert calendar.period(moment("2026-06-12T15:00")).name == ""
    assert calendar.period(moment("2026-06-13T12:00")).name == ""
    assert calendar.period(moment("2026-06-15T07:00")).name == "day"


def test_without_shifts_each_day_is_one() -> None:
    day = berlin([]).period(moment("2026-10-25T12:00"))
    assert (day.name, day.begin, (day.end - day.begin) / 3600) == ("day", moment("2026-10-25T00:00"), 25)


def test_a_planned_stop_goes_before_a_break() -> None:
    calendar = berlin(stops=[Stop(begin="2026-06-10T08:00", end="2026-06-10T10:00")])
    plans = [calendar.plan(moment(f"2026-06-10T{at}")) for at in ("07:59", "08:00", "09:05", "10:00")]
    assert plans == ["work", "planned-stop", "planned-stop", "work"]


@pytest.mark.parametrize(
    ("shifts", "stops", "error"),
    [
        ([Shift(name="a", begin="06:00", end="14:00"), Shift(name="b", begin="13:00", end="20:00")], [], "overlap"),
        ([Shift(name="a", begin="06:00", end="14:00"), Shift(name="b", begin="06:00", end="07:00")], [], "overlap"),
        ([Shift(name="a", begin="06:00", end="14:00", breaks=[Break(begin="13:50", end="14:10")])], [], "not within"),
        ([], [Stop(begin="2026-02-30T00:00", end="2026-03-01T00:00")], "2026-02-30"),
        ([], [Stop(begin="2026-03-02T00:00", end="2026-03-01T00:00")], "ends before"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(shifts: list[Shift], stops: list[Stop], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        berlin(shifts, stops)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        Calendar([], [], "Europe/Atlantis")


@given(st.integers(int(moment("2026-03-27T00:00")), int(moment("2026-10-27T00:00"))))
def test_shifts_follow_each_other_without_gap_and_nothing_changes_before_it_is_said_to(at: int) -> None:
    calendar = berlin()
    period = calendar.period(at)
    assert period.name
    assert period.begin <= at < period.end
    assert calendar.period(period.end).begin == period.end
    change = calendar.change(at)
    assert at < change <= period.end
    assert change - at <= 3600
    fresh = berlin()
    assert fresh.plan(change - 1) == calendar.plan(at)
