"""performance/counter: roll-over told from reset, the total over both, the rate."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message
from flowengine.clock import VIRTUAL_EPOCH
from flowengine_nodes import MachineCounter
from tests.nodes.performance.shop_floor import Event, observed, of


def shows(values: list[Any], step: float = 10.0, crashes: tuple[float, ...] = (), **options: Any) -> Any:
    events: list[Event] = [(n * step, "", value) for n, value in enumerate(values)]
    return observed(lambda: MachineCounter(**options), events, len(values) * step, crashes=crashes)


def test_a_counter_that_is_full_goes_on_at_0() -> None:
    sent = shows([65530, 65533, 2, 5], roll_over=65536)
    assert of("out", sent) == [3, 5, 3]
    assert of("total", sent) == [3, 8, 11]
    assert of("began", sent) == []


def test_a_counter_that_was_switched_off_begins_at_0_and_what_it_shows_was_made_since() -> None:
    sent = shows([40000, 40003, 2, 5], roll_over=65536, most=500)
    assert of("out", sent) == [3, 2, 3]
    assert of("began", sent) == [{"before": 40003, "after": 2}]
    assert of("out", shows([40000, 2], after_reset="none")) == [0]


def test_without_a_limit_a_roll_over_is_one_of_at_most_half_a_round() -> None:
    assert of("out", shows([90, 10], roll_over=100)) == [20]
    assert of("began", shows([40, 10], roll_over=100)) == [{"before": 40, "after": 10}]


def test_a_leap_is_no_work_and_makes_the_result_uncertain() -> None:
    sent = [one for one in shows([0, 10, 9000, 9010], most=500) if one.port == "out"]
    assert [(one.msg.payload, one.msg.quality) for one in sent] == [(10, "good"), (0, "uncertain"), (10, "good")]


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rates = of("rate", shows([0, 10, 20, 30, 30, 30, 30], step=10, over=20))
    assert rates == pytest.approx([60, 60, 60, 30, 0, 0])


def test_a_bad_reading_leaves_nothing_and_nothing_is_lost() -> None:
    assert of("out", shows([5, Message(None, quality="bad"), 9])) == [4]


def test_a_reset_sets_the_total_to_0_and_leaves_the_rate() -> None:
    events: list[Event] = [(0, "", 0), (10, "", 10), (15, "reset", True), (20, "", 20)]
    sent = observed(MachineCounter, events, 30)
    assert of("total", sent) == [10, 0, 10]
    assert of("rate", sent) == pytest.approx([60, 60])


def test_each_topic_is_a_counter_of_its_own_and_a_late_reading_is_refused() -> None:
    events: list[Event] = [(n, "", Message(v, topic=t)) for n, (v, t) in enumerate([(1, "a"), (100, "b"), (3, "a")])]
    events.append((5, "", Message(4, topic="a", time=VIRTUAL_EPOCH)))
    assert of("out", observed(MachineCounter, events, 6)) == [2]


def test_most_must_be_less_than_the_roll_over() -> None:
    with pytest.raises(ValueError, match="less than roll_over"):
        MachineCounter(roll_over=100, most=100)


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(0, 999), st.sets(st.integers(0, 30)))
def test_what_was_made_is_counted_whatever_the_counter_rolls_over_and_whenever_the_engine_is_restarted(
    made: list[int], first: int, crashes: set[int]
) -> None:
    shown = [first]
    for pieces in made:
        shown.append((shown[-1] + pieces) % 1000)
    sent = shows(shown, roll_over=1000, most=400, crashes=tuple(n * 10 + 5.0 for n in crashes if n < len(shown)))
    assert of("out", sent) == made
    assert of("total", sent)[-1:] == ([sum(made)] if made else [])
