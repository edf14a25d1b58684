"""Range, rate, interval, values; leases; read-back: each for itself."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.safety.lease import SECONDS, Lease, objection
from flowengine.safety.limits import CREDIT, Last, is_number, limited, step
from flowengine.safety.model import Output
from flowengine.safety.readings import Reading, Readings
from flowengine.safety.watchdog import following
from tests.engine.safety.plant import ENVELOPE, FAN, HEATER, LAMP, VALVE

STRICT = dataclasses.replace(HEATER, clamp=False)
floats = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("output", "value", "last", "outcome", "to"),
    [
        (HEATER, 50, None, "allow", 50),
        (HEATER, 150, None, "clamp", 100),
        (HEATER, -1, None, "clamp", 0),
        (STRICT, 150, None, "refuse", 150),
        (HEATER, 30, Last(20, 99), "allow", 30),
        (HEATER, 60, Last(20, 99), "clamp", 40),
        (HEATER, 0, Last(90, 99), "clamp", 70),
        (STRICT, 60, Last(20, 99), "refuse", 60),
        (HEATER, 60, Last(20, 0), "clamp", 40),
        (HEATER, 25, Last(20, 99.75), "hold", 25),
        (STRICT, 25, Last(20, 99.75), "refuse", 25),
        (HEATER, 25, Last(20, 200), "hold", 25),
        (HEATER, 90, Last(150, 99), "clamp", 100),
        (HEATER, 150, Last(95, 99), "clamp", 100),
        (VALVE, 4.1, Last(0, 97), "refuse", 4.1),
        (VALVE, 3.9, Last(0, 98), "allow", 3.9),
        (FAN, True, Last(False, 100), "allow", True),
        (LAMP, "red", None, "allow", "red"),
    ],
)
def test_a_value_is_allowed_cut_held_or_refused(output: Output, value: Any, last: Any, outcome: str, to: Any) -> None:
    found = limited(output, value, last, 100.0)
    assert (found.outcome, found.value) == (outcome, to if outcome != "refuse" else value)
    assert bool(found.reason) is (outcome != "allow")


@pytest.mark.parametrize("value", [True, "50", math.nan, math.inf, -math.inf, 10**400, None, [1]])
def test_what_is_no_number_is_refused(value: Any) -> None:
    assert limited(HEATER, value, None, 100.0).code == "value"


@pytest.mark.parametrize(("output", "value"), [(FAN, 1), (FAN, 0.0), (FAN, "on"), (LAMP, "blue"), (LAMP, True)])
def test_what_is_not_among_the_values_is_refused(output: Output, value: Any) -> None:
    assert limited(output, value, None, 100.0).code == "value"


def test_a_pause_saves_up_one_second_of_rate_or_one_interval() -> None:
    assert step(HEATER, 0.25) == 5
    assert step(HEATER, 1000) == 20 * CREDIT
    assert step(VALVE, 1000) == 4
    assert step(HEATER, -5) == 0
    assert step(FAN, 1) == math.inf


@given(value=floats | st.integers(), last=st.floats(0, 100), elapsed=st.floats(-10, 1e9), cut=st.booleans())
def test_nothing_leaves_that_lies_outside(value: float, last: float, elapsed: float, cut: bool) -> None:
    output = dataclasses.replace(HEATER, clamp=cut)
    found = limited(output, value, Last(last, 1000.0), 1000.0 + elapsed)
    if found.writes:
        assert elapsed >= 0.5 - 1e-9
        assert 0 <= found.value <= 100  # type: ignore[operator]
        assert abs(found.value - last) <= 20 * min(elapsed, 1) + 1e-6  # type: ignore[operator]
        assert is_number(found.value)
    if found.outcome == "allow":
        assert found.value == value


def test_one_writer_holds_an_output_until_it_is_silent() -> None:
    lease = Lease().taken("a/b", 10.0)
    assert (lease.holder, lease.fence) == ("a/b", 1)
    assert objection(lease, "a/b", None, 12.0) == ""
    assert "a/b writes it" in objection(lease, "c/d", None, 12.0)
    assert objection(lease, "c/d", None, 10.0 + SECONDS) == ""
    again = lease.taken("a/b", 12.0)
    assert (again.fence, again.until) == (1, 12.0 + SECONDS)


def test_a_writer_that_was_away_is_found_out_by_its_number() -> None:
    lease = Lease().taken("a/b", 0.0).taken("c/d", 20.0)
    assert lease.fence == 2
    assert "fencing number 1 does not hold; c/d writes with 2" in objection(lease, "a/b", 1, 40.0)
    assert objection(lease, "c/d", 2, 40.0) == ""
    assert "does not hold" in objection(lease, "a/b", 2, 40.0)
    assert "nobody writes with 0" in objection(Lease(), "a/b", 0, 0.0)


@pytest.mark.parametrize(
    ("shown", "told", "now", "how"),
    [
        (50.2, 50.0, 1, "follows"),
        (49.4, 50.0, 1, "waiting"),
        (49.4, 50.0, 3, "fails"),
        (None, 50.0, 3, "fails"),
        (10**400, 50.0, 3, "fails"),
        (float("nan"), 50.0, 3, "fails"),
        (True, 1.0, 3, "fails"),
        (True, True, 3, "follows"),
        ("on", "on", 3, "follows"),
        ("on", "off", 3, "fails"),
    ],
)
def test_the_machine_shows_what_it_was_told_in_time(shown: Any, told: Any, now: float, how: str) -> None:
    readings = Readings({"shown": 3.0})
    readings.take("shown", Reading(shown, "good", now))
    assert following(HEATER, Last(told, 0.0), readings, now) == how


def test_without_a_read_back_or_a_write_nothing_is_known() -> None:
    readings = Readings({})
    assert following(FAN, Last(True, 0.0), readings, 9.0) == "unknown"
    assert following(HEATER, None, readings, 9.0) == "unknown"


def test_an_output_knows_what_it_takes_whatever_it_stood_at() -> None:
    assert [HEATER.takes(value) for value in (0.0, 100, 100.1, math.nan, True, "50")] == [True, True, *[False] * 4]
    assert [LAMP.takes(value) for value in ("red", "blue", 0)] == [True, False, False]
    assert ENVELOPE.output_at(LAMP.address) is LAMP
