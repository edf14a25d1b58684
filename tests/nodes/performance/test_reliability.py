"""performance/reliability: MTBF, MTTR and availability from stops."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData
from flowengine.clock import VIRTUAL_EPOCH
from flowengine.testing import messages_of
from flowengine_nodes import Downtime, Reliability
from tests.nodes.performance.shop_floor import Event, observed, of

HOUR = 3600.0


def stop(begin: float, hours: float, reason: str = "jam", number: int = 1) -> dict[str, Any]:
    at = VIRTUAL_EPOCH + begin * HOUR
    return {"stop": number, "begin": at, "end": at + hours * HOUR, "seconds": hours * HOUR, "reason": reason}


def after(stops: list[dict[str, Any]], hours: float, crashes: tuple[float, ...] = (), **options: Any) -> dict[str, Any]:
    """Return the figures so many hours after the begin."""
    events: list[Event] = [((one["end"] - VIRTUAL_EPOCH), "", one) for one in stops]
    events.append((hours * HOUR, "now", True))
    figures = of("out", observed(lambda: Reliability(**options), events, hours * HOUR, crashes=crashes))[-1]
    return dict(figures)


def test_the_worked_examples_of_mtbf_and_mttr() -> None:
    """Source: commacmms.com, MTBF, MTTF and MTTR: 2,496 h of operation with 4 failures; repairs of 5 h and 3 h."""
    figures = after([stop(100 * n, 2) for n in range(1, 5)], 2496 + 8)
    assert figures["operating"] == pytest.approx(2496)
    assert figures["mtbf"] == pytest.approx(624)
    figures = after([stop(10, 5), stop(20, 3)], 100)
    assert figures["mttr"] == pytest.approx(4)
    assert figures["availability"] == pytest.approx(46 / 50)


def test_planned_stops_are_no_failures_but_lower_what_was_operating() -> None:
    figures = after([stop(10, 5), stop(20, 15, "maintenance")], 100)
    assert (figures["failures"], figures["mtbf"], figures["mttr"]) == (1, pytest.approx(80), pytest.approx(5))
    assert figures["operational"] == pytest.approx(0.8)
    assert after([stop(10, 5), stop(20, 15, "fire")], 100, failures=["fire"])["mttr"] == pytest.approx(15)


def test_a_stop_that_comes_again_with_another_reason_is_corrected() -> None:
    assert after([stop(10, 5, "not entered"), stop(10, 5, "setup")], 100)["failures"] == 0


def test_before_the_first_failure_nothing_is_said_of_the_time_between_them() -> None:
    figures = after([], 100)
    assert (figures["mtbf"], figures["mttr"], figures["availability"]) == (None, None, None)
    assert figures["operational"] == 1


def test_a_stop_from_before_counts_from_the_begin() -> None:
    assert after([stop(-10, 15)], 100)["down"] == pytest.approx(5)


def test_old_stops_count_but_can_no_longer_be_corrected() -> None:
    stops = [stop(10, 1), stop(20, 2), stop(30, 3)]
    assert after(stops, 100, most_stops=1) == after(stops, 100)
    events: list[Event] = [(one["end"] - VIRTUAL_EPOCH, "", one) for one in stops]
    events += [(50 * HOUR, "", stop(10, 1, "setup")), (51 * HOUR, "now", True)]
    for most, failures in ((1, 3), (3, 2)):
        sent = observed(partial(Reliability, most_stops=most), events, 52 * HOUR)
        assert of("out", sent)[-1]["failures"] == failures


def test_it_understands_what_downtime_sends() -> None:
    events: list[Event] = [(0, "", True), (100, "", False), (200, "", True), (300, "reason", "setup")]
    records = [one.msg for one in observed(Downtime, events, 400) if one.port == "out"]
    sent = observed(Reliability, [(n, "", msg.replace(time=0)) for n, msg in enumerate(records)], 10)
    assert [figures["failures"] for figures in of("out", sent)] == [1, 0]


@pytest.mark.parametrize(
    "payload", [True, {}, {"stop": 1}, {**stop(1, 1), "seconds": "x"}, {**stop(1, 1), "seconds": -1}]
)
def test_what_is_no_stop_is_refused(payload: Any) -> None:
    with pytest.raises(BadData):
        messages_of(Reliability(), payload)


def test_a_reset_begins_anew() -> None:
    events: list[Event] = [(15 * HOUR, "", stop(10, 5)), (20 * HOUR, "reset", 1), (30 * HOUR, "now", 1)]
    figures = of("out", observed(Reliability, events, 31 * HOUR))[-1]
    assert (figures["failures"], figures["operating"]) == (0, pytest.approx(10))


@given(
    st.lists(st.tuples(st.floats(0.1, 50), st.floats(0.1, 5), st.sampled_from(["jam", "setup"])), max_size=20),
    st.integers(1, 30),
    st.booleans(),
)
def test_operating_and_down_are_all_the_time_and_availability_is_a_share(
    found: list[tuple[float, float, str]], most: int, crash: bool
) -> None:
    at, stops = 0.0, []
    for pause, hours, reason in found:
        stops.append(stop(at + pause, hours, reason))
        at += pause + hours
    figures = after(stops, at + 1, crashes=(at * HOUR / 2,) if crash else (), most_stops=most)
    assert figures["operating"] + figures["down"] == pytest.approx(at + 1)
    assert figures["failures"] == sum(reason == "jam" for _, _, reason in found)
    assert figures["availability"] is None or 0 <= figures["availability"] <= 1
    assert 0 <= figures["operational"] <= 1
