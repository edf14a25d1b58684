from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.timing.cron import Cron


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def fires(cron: Cron, begin: str, count: int) -> list[str]:
    moment, found = at(begin), []
    for _ in range(count):
        moment = cron.after(moment)
        found.append(datetime.fromtimestamp(moment, cron.zone).isoformat())
    return found


def test_five_fields_are_minute_to_weekday_in_the_time_zone() -> None:
    assert fires(Cron("30 6 * * MON-FRI", "Europe/Berlin"), "2026-01-02T12:00:00+01:00", 2) == [
        "2026-01-05T06:30:00+01:00",
        "2026-01-06T06:30:00+01:00",
    ]


def test_a_sixth_field_in_front_is_the_second() -> None:
    assert fires(Cron("*/20 * * * * *"), "2026-01-01T00:00:05+00:00", 3) == [
        "2026-01-01T00:00:20+00:00",
        "2026-01-01T00:00:40+00:00",
        "2026-01-01T00:01:00+00:00",
    ]


@pytest.mark.parametrize("expression", ["30 2 * * *", "0 30 2 * * *"])
def test_a_time_that_the_spring_change_skips_runs_right_after_the_gap(expression: str) -> None:
    assert fires(Cron(expression, "Europe/Berlin"), "2026-03-28T12:00:00+01:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


@pytest.mark.parametrize("expression", ["30 2 * * *", "0 30 2 * * *"])
def test_a_time_that_comes_twice_in_autumn_runs_once(expression: str) -> None:
    assert fires(Cron(expression, "Europe/Berlin"), "2026-10-24T12:00:00+02:00", 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_in_the_repeated_hour_a_job_already_run_does_not_run_again() -> None:
    # 02:10 for the second time that night
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC).isoformat()
    assert fires(Cron("30 2 * * *", "Europe/Berlin"), again, 1) == ["2026-10-26T02:30:00+01:00"]


def test_every_quarter_of_an_hour_goes_on_through_both_changes() -> None:
    for day in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        cron, moment = Cron("*/15 * * * *", "Europe/Berlin"), day.timestamp()
        for n in range(1, 20):
            moment = cron.after(moment)
            assert moment == day.timestamp() + n * 900


@given(st.floats(min_value=0, max_value=4e9), st.sampled_from(["*/7 * * * *", "30 2 * * *", "5 10 2,3 * * SUN"]))
def test_the_next_time_is_always_later(moment: float, expression: str) -> None:
    assert Cron(expression, "Europe/Berlin").after(moment) > moment


@pytest.mark.parametrize(
    ("expression", "zone", "text"),
    [
        ("* * *", "UTC", "3 fields"),
        ("61 * * * *", "UTC", "Bad minute"),
        ("0 0 31 2 *", "UTC", "Bad day-of-month"),
        ("0 0 * * *", "Europe/Atlantis", "Atlantis"),
    ],
)
def test_what_is_no_schedule_is_refused_with_a_reason(expression: str, zone: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Cron(expression, zone)
