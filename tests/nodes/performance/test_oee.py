"""performance/oee: key figures after ISO 22400-2, against worked examples, over shifts, breaks, restarts and DST."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import messages_of
from flowengine_nodes import Oee
from flowengine_nodes.performance.calendar import Break, Shift, Stop
from tests.nodes.performance.shop_floor import Event, moment, observed, of

MIN = 60.0
HOUR = 3600.0
DAY_SHIFT = Shift(name="day", begin="06:00", end="14:00")


def shift_of(events: list[Event], begin: str = "2026-06-10T06:00", hours: float = 8, **options: Any) -> dict[str, Any]:
    """Return the first report of a shift."""
    given: dict[str, Any] = {"run_time": 1.0, "shifts": [DAY_SHIFT], "time_zone": "Europe/Berlin", **options}
    sent = observed(lambda: Oee(**given), events, hours * HOUR, moment(begin))
    report: dict[str, Any] = of("shift", sent)[0]
    return report


def test_the_worked_example_of_vorne_industries() -> None:
    """Source: Vorne Industries, oee.com, Calculating OEE: shift 8 h, breaks 60 min, 47 min down, 1.0 s ideal."""
    shift = Shift(
        name="first",
        begin="06:00",
        end="14:00",
        breaks=[
            Break(begin="08:00", end="08:15"),
            Break(begin="10:00", end="10:30"),
            Break(begin="12:00", end="12:15"),
        ],
    )
    events: list[Event] = [(0, "", True), (60, "good", 18848), (70, "reject", 423)]
    events += [(3 * HOUR, "", False), (3 * HOUR + 47 * MIN, "", True)]
    report = shift_of(events, shifts=[shift])
    assert report["planned_busy_time"] == pytest.approx(420 * MIN)
    assert report["actual_production_time"] == pytest.approx(373 * MIN)
    assert report["availability"] == pytest.approx(0.8881, abs=5e-5)
    assert report["performance"] == pytest.approx(0.8611, abs=5e-5)
    assert report["quality"] == pytest.approx(0.9780, abs=5e-5)
    assert report["oee"] == pytest.approx(0.7479, abs=5e-5)


def test_the_worked_example_of_nakajima_with_its_losses() -> None:
    """Source: Nakajima, Introduction to TPM (1988): 480 min, 20 planned, 20 each for breakdown, setup, adjustment."""
    events: list[Event] = [(0, "planned-stop", True), (0, "", True), (20 * MIN, "planned-stop", False)]
    for at, reason in ((60, ""), (120, "setup"), (180, "adjustment")):
        events += [(at * MIN, "", False), (at * MIN + 20 * MIN, "", True)]
        if reason:
            events.append((at * MIN + 5 * MIN, "reason", reason))
    events += [(400 * MIN, "good", 392), (401 * MIN, "reject", 8)]
    report = shift_of(events, run_time=30.0)
    assert report["planned_busy_time"] == pytest.approx(460 * MIN)
    assert report["planned_stops"] == pytest.approx(20 * MIN)
    assert report["availability"] == pytest.approx(400 / 460)
    assert report["performance"] == pytest.approx(0.5)
    assert report["quality"] == pytest.approx(0.98)
    assert report["oee"] == pytest.approx(0.426, abs=5e-4)
    losses = {name: seconds / MIN for name, seconds in report["losses"].items()}
    assert losses == pytest.approx(
        {"breakdown": 20, "setup": 40, "minor_stops": 0, "reduced_speed": 200, "startup_rejects": 0, "rejects": 4}
    )


def test_a_small_stop_is_lost_performance_and_a_long_one_lost_availability() -> None:
    events: list[Event] = [(0, "", True), (HOUR, "", False), (HOUR + 90, "", True)]
    events += [(2 * HOUR, "", False), (2 * HOUR + 600, "", True)]
    report = shift_of(events, small_stop=120.0)
    assert report["losses"]["minor_stops"] == pytest.approx(90)
    assert report["losses"]["breakdown"] == pytest.approx(600)
    assert report["availability"] == pytest.approx(1 - 600 / (8 * HOUR))


def test_rejects_soon_after_a_long_stop_are_lost_to_start_up() -> None:
    events: list[Event] = [(0, "", True), (100, "reject", 3), (HOUR, "", False), (2 * HOUR, "", True)]
    events += [(2 * HOUR + 100, "reject", 5), (2 * HOUR + 400, "reject", 7)]
    losses = shift_of(events, startup=300.0)["losses"]
    assert (losses["startup_rejects"], losses["rejects"]) == (5, 10)


def test_each_piece_counts_by_the_planned_run_time_that_held_when_it_was_made() -> None:
    events: list[Event] = [(0, "", True), (100, "good", 100), (200, "run-time", 6.0), (300, "good", 100)]
    report = shift_of(events)
    assert report["effective"] == 700
    assert report["performance"] == pytest.approx(700 / (8 * HOUR))


def test_rejects_are_taken_off_where_the_counter_counts_all_pieces() -> None:
    report = shift_of([(0, "", True), (60, "good", 100), (70, "reject", 4)], counts="all")
    assert (report["produced"], report["good"], report["rejects"]) == (100, 96, 4)
    assert (report["quality"], report["effective"]) == (0.96, 96)
    early = shift_of([(0, "", True), (60, "reject", 1), (70, "good", 5)], counts="all")
    assert (early["good"], early["rejects"]) == (5, 1)


def test_a_reason_that_comes_after_the_stop_corrects_it() -> None:
    events: list[Event] = [(0, "", True), (HOUR, "", False), (2 * HOUR, "", True), (2.5 * HOUR, "reason", "setup")]
    losses = shift_of(events)["losses"]
    assert (losses["breakdown"], losses["setup"]) == (0, pytest.approx(HOUR))


def test_a_planned_stop_of_the_calendar_is_no_planned_busy_time() -> None:
    stop = Stop(begin="2026-06-10T07:00", end="2026-06-10T09:00")
    report = shift_of([(0, "", True)], planned_stops=[stop])
    assert (report["planned_stops"], report["planned_busy_time"]) == (2 * HOUR, pytest.approx(6 * HOUR))


def test_hours_and_shifts_are_reported_when_they_end_and_begin_anew() -> None:
    shifts = [DAY_SHIFT, Shift(name="late", begin="14:00", end="22:00")]
    make = lambda: Oee(run_time=1.0, shifts=shifts, time_zone="Europe/Berlin")  # noqa: E731
    events: list[Event] = [(0, "", True), *((at * HOUR + 1, "good", 100) for at in range(16))]
    sent = observed(make, events, 17 * HOUR, moment("2026-06-10T06:00"))
    assert [(report["shift"], report["good"]) for report in of("shift", sent)] == [("day", 800), ("late", 800)]
    assert [report["good"] for report in of("hour", sent)] == [100] * 16
    live = [report for report in of("out", sent) if report["shift"] == "late"]
    assert live[0]["begin"] == moment("2026-06-10T14:00")
    assert len(of("out", sent)) == pytest.approx(16 * 60, abs=2)


def test_what_is_made_outside_shifts_does_not_count() -> None:
    assert (
        shift_of([(0, "", True), (60, "good", 5), (HOUR + 60, "good", 7)], begin="2026-06-10T05:00", hours=9)["good"]
        == 7
    )


@pytest.mark.parametrize(("evening", "hours"), [("2026-10-24T22:00", 9), ("2026-03-28T22:00", 7)])
def test_a_night_in_which_the_clocks_change_has_its_true_length(evening: str, hours: int) -> None:
    night = Shift(name="night", begin="22:00", end="06:00")
    make = lambda: Oee(run_time=1.0, shifts=[night], time_zone="Europe/Berlin")  # noqa: E731
    sent = observed(make, [(0, "", True)], hours * HOUR + 10, moment(evening))
    assert [report["planned_busy_time"] for report in of("shift", sent)] == [pytest.approx(hours * HOUR)]
    assert len(of("hour", sent)) == hours


def test_time_in_which_the_machine_is_not_known_is_no_loss_and_makes_the_report_uncertain() -> None:
    bad = Message(None, quality="bad")
    events: list[Event] = [(0, "", True), (HOUR, "", bad), (2 * HOUR, "", True)]
    make = lambda: Oee(run_time=1.0, shifts=[DAY_SHIFT], time_zone="Europe/Berlin")  # noqa: E731
    sent = [one for one in observed(make, events, 8 * HOUR, moment("2026-06-10T06:00")) if one.port == "shift"]
    assert sent[0].msg.quality == "uncertain"
    assert sent[0].msg.payload["unknown"] == pytest.approx(HOUR)
    assert sent[0].msg.payload["availability"] == 1


def test_pieces_made_while_nobody_saw_the_machine_prove_that_it_ran_and_make_nothing_better() -> None:
    bad = Message(None, quality="bad")
    events: list[Event] = [(0, "", True), (100, "good", 50), (200, "", bad), (300, "", True), (400, "good", 150)]
    make = lambda: Oee(run_time=2.0, every=100)  # noqa: E731
    report = observed(make, events, 500.5)[-1].msg.payload
    assert (report["unknown"], report["performance"]) == (0, pytest.approx(400 / 500, rel=1e-5))
    few = observed(make, [*events[:-1], (400, "good", 110)], 500.5)[-1].msg.payload
    assert (few["unknown"], few["performance"]) == (pytest.approx(80), pytest.approx(320 / 420, rel=1e-5))


def test_a_restart_changes_nothing_and_what_passed_meanwhile_is_unknown() -> None:
    make = lambda: Oee(run_time=1.0, shifts=[DAY_SHIFT], time_zone="Europe/Berlin", small_stop=60)  # noqa: E731
    events: list[Event] = [
        (0, "", True),
        (100, "good", 9),
        (HOUR, "", False),
        (2 * HOUR, "", True),
        (3 * HOUR, "reject", 1),
    ]
    begin = moment("2026-06-10T06:00")
    (unharmed,) = of("shift", observed(make, events, 8 * HOUR, begin))
    (harmed,) = of("shift", observed(make, events, 8 * HOUR, begin, crashes=[50, 1.5 * HOUR, 4 * HOUR]))
    assert harmed.pop("losses") == pytest.approx(unharmed.pop("losses"))
    assert harmed == pytest.approx(unharmed)
    for seconds in (30, HOUR):
        (away,) = of("shift", observed(make, events, 8 * HOUR, begin, crashes=[5 * HOUR + 7], away=seconds))
        assert away["unknown"] == pytest.approx(seconds)


class SettableClock(VirtualClock):
    offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


@pytest.mark.parametrize("jump", [-10 * 365 * 86400.0, 10 * 365 * 86400.0])
def test_a_clock_that_is_set_by_years_begins_anew_and_sends_one_report_of_what_was(jump: float) -> None:
    clock = SettableClock(moment("2026-06-10T06:00"))

    class Set(Oee):
        """Set the clock with a piece of 0."""

        def on_good(self, msg: Message) -> Any:
            clock.offset = jump
            return []

    make = lambda: Set(run_time=1.0, time_zone="Europe/Berlin")  # noqa: E731
    sent = observed(make, [(0, "", True), (1800, "good", 0)], 2 * HOUR, clock=clock)
    assert [report["end"] - report["begin"] for report in of("shift", sent)] == [pytest.approx(1800, abs=61)]
    assert len(of("hour", sent)) <= 4
    assert of("out", sent)[-1]["begin"] == pytest.approx(moment("2026-06-10T06:30") + jump, abs=61)


@pytest.mark.parametrize(
    ("port", "value"), [("good", -1), ("reject", "many"), ("run-time", 0), ("reason", 7), ("", "?")]
)
def test_what_makes_no_sense_is_refused(port: str, value: Any) -> None:
    with pytest.raises(BadData):
        messages_of(Oee(run_time=1.0), value, port=port)


acts = st.lists(
    st.tuples(
        st.floats(0, 3000),
        st.sampled_from(["", "good", "reject", "planned-stop", "bad", "crash"]),
        st.integers(0, 50),
    ),
    max_size=25,
)


@given(
    acts, st.sampled_from([0.0, 120.0]), st.sampled_from(["2026-10-24T21:30", "2026-03-28T21:30", "2026-06-10T05:00"])
)
@settings(max_examples=40)
def test_times_add_up_to_calendar_time_losses_to_planned_busy_time_and_factors_are_in_range(
    found: list[tuple[float, str, int]], small: float, begin: str
) -> None:
    at, events, crashes = 0.0, list[Event](), list[float]()
    for pause, port, value in found:
        at += pause
        if port == "crash":
            crashes.append(at)
        elif port == "bad":
            events.append((at, "", Message(None, quality="bad")))
        else:
            events.append((at, port, value if port in ("good", "reject") else value % 2))
    shifts = [
        Shift(name="early", begin="06:00", end="14:00", breaks=[Break(begin="09:00", end="09:15")]),
        Shift(name="night", begin="22:00", end="06:00", breaks=[Break(begin="02:00", end="02:30")]),
    ]
    make = lambda: Oee(run_time=20.0, shifts=shifts, time_zone="Europe/Berlin", small_stop=small, startup=60)  # noqa: E731
    sent = observed(make, events, at + 600, moment(begin), crashes=crashes)
    for _, msg in sent:
        report = msg.payload
        idle = report["breaks"] + report["planned_stops"] + report["unknown"]
        assert report["planned_busy_time"] + idle == pytest.approx(report["end"] - report["begin"], abs=1e-3)
        assert sum(report["losses"].values()) + report["effective"] == pytest.approx(
            report["planned_busy_time"], abs=1e-3
        )
        assert report["availability"] is None or 0 <= report["availability"] <= 1
        assert report["quality"] is None or 0 <= report["quality"] <= 1
        assert report["performance"] is None or report["performance"] >= 0
        if report["planned_busy_time"]:
            assert (
                report["oee"] == pytest.approx(report["effective"] / report["planned_busy_time"], abs=1e-9)
                or not (report["actual_production_time"])
            )
