"""performance/cycle-time: normal and slow cycles, small stops and stops."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes import CycleTime
from tests.nodes.performance.shop_floor import Event, observed, of

GIVEN: dict[str, Any] = {"ideal": 2.0, "small_stop": 10.0, "long_stop": 60.0}


def pieces(times: list[float], crashes: tuple[float, ...] = ()) -> Any:
    return observed(lambda: CycleTime(**GIVEN), [(time, "", True) for time in times], times[-1] + 1, crashes=crashes)


def test_cycles_are_normal_slow_small_stops_or_stops() -> None:
    sent = pieces([0, 2, 5, 7.1, 27.1, 127.1])
    kinds = [one.msg.properties["kind"] for one in sent if one.port == "out"]
    assert of("out", sent) == pytest.approx([2, 3, 2.1, 20, 100])
    assert kinds == ["normal", "slow", "normal", "small-stop", "stop"]
    figures = of("figures", sent)[-1]
    assert figures["count"] == 3
    assert figures["mean"] == pytest.approx(7.1 / 3)
    assert figures["median"] == pytest.approx(2.1)
    lost = {kind: one["lost"] for kind, one in figures["kinds"].items()}
    assert lost == pytest.approx({"normal": 0.1, "slow": 1, "small-stop": 18, "stop": 98})


def test_the_example_of_nakajima_loses_120_minutes_to_slow_cycles() -> None:
    """Source: Nakajima, Introduction to TPM (1988): 400 pieces, ideal 0.5 min, actual 0.8 min."""
    node = CycleTime(ideal=30, small_stop=300, long_stop=600, measure="seconds")
    sent = observed(lambda: node, [(n, "", 48) for n in range(400)], 500)
    figures = of("figures", sent)[-1]
    assert figures["kinds"]["slow"] == {"count": 400, "lost": 120 * 60}
    assert figures["ideal"] / figures["mean"] == 0.625


def test_pieces_that_come_at_once_share_the_time() -> None:
    events: list[Event] = [(0, "", 1), (8, "", 4), (9, "", 0)]
    sent = observed(lambda: CycleTime(**GIVEN), events, 10)
    assert of("out", sent) == [2]
    assert of("figures", sent)[0]["kinds"]["normal"]["count"] == 4


def test_a_percentile_is_interpolated() -> None:
    events: list[Event] = [(n, "", 2 + n / 100) for n in range(11)]
    sent = observed(lambda: CycleTime(**{**GIVEN, "measure": "seconds", "percent": 95}), events, 20)
    assert of("figures", sent)[-1]["percentile"] == pytest.approx(2.095)


def test_a_cycle_with_a_bad_message_in_it_is_left_out() -> None:
    events: list[Event] = [(0, "", True), (2, "", Message(None, quality="bad")), (50, "", True), (52, "", True)]
    assert of("out", observed(lambda: CycleTime(**GIVEN), events, 60)) == [2]


def test_a_reset_sends_the_figures_and_begins_them_anew() -> None:
    events: list[Event] = [(0, "", True), (2, "", True), (3, "reset", True), (4, "", True)]
    sent = of("figures", observed(lambda: CycleTime(**GIVEN), events, 5))
    assert [figures["count"] for figures in sent] == [1, 1, 1]


@pytest.mark.parametrize("value", [-1, 1.5, "much"])
def test_what_is_no_number_of_pieces_is_refused(value: Any) -> None:
    with pytest.raises(BadData):
        messages_of(CycleTime(**GIVEN), value)


def test_limits_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="small_stop"):
        CycleTime(ideal=30, small_stop=20)


@given(st.lists(st.floats(0.5, 100), min_size=1, max_size=30), st.sets(st.integers(0, 29)))
def test_all_time_is_ideal_or_lost_and_restarts_change_nothing(gaps: list[float], crashes: set[int]) -> None:
    times = [sum(gaps[:n]) for n in range(len(gaps) + 1)]
    sent = pieces(times, tuple(times[n] + gaps[n] / 2 for n in crashes if n < len(gaps)))
    figures = of("figures", sent)[-1]
    lost = sum(kind["lost"] for kind in figures["kinds"].values())
    assert lost + 2 * len(gaps) == pytest.approx(sum(gaps), abs=1e-3)
    assert sum(kind["count"] for kind in figures["kinds"].values()) == len(gaps)
