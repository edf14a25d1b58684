"""signal/hysteresis: on and off with two thresholds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData
from flowengine.testing import outputs_of
from flowengine_nodes.signal.hysteresis import Hysteresis
from tests.nodes.signal.feeding import reading, sent


def test_it_is_on_above_and_off_below_and_stays_in_between() -> None:
    assert outputs_of(Hysteresis(on=5, off=3), 4, 5, 4, 3, 4) == [False, True, True, False, False]


def test_with_on_below_off_it_is_the_other_way_round() -> None:
    assert outputs_of(Hysteresis(on=18, off=22), 20, 17, 20, 23, 20) == [False, True, True, False, False]


def test_it_may_be_sent_when_it_changes_or_its_quality_does() -> None:
    node = Hysteresis(on=5, off=3, send="changes", initial=True)
    inputs = [reading(0, 4.0), reading(1, 6.0), reading(2, None, "bad"), reading(3, math.nan), reading(4, 4.0)]
    assert [(msg.payload, msg.quality) for msg in sent(node, inputs)] == [(True, "good"), (True, "bad"), (True, "good")]


def test_what_a_bad_reading_sends_can_be_chosen_and_changes_nothing() -> None:
    inputs = [reading(0, 6.0), reading(1, 0.0, "bad"), reading(2, 4.0)]
    assert [msg.payload for msg in sent(Hysteresis(on=5, off=3, bad="off"), inputs)] == [True, False, True]
    assert [msg.payload for msg in sent(Hysteresis(on=5, off=3), inputs)] == [True, True, True]


def test_what_is_no_number_and_one_threshold_are_refused() -> None:
    with pytest.raises(BadData):
        outputs_of(Hysteresis(), "hot")
    with pytest.raises(ValueError, match="both 3"):
        Hysteresis(on=3, off=3)


@given(st.lists(st.floats(-10, 10), max_size=40))
def test_between_two_changes_the_signal_has_crossed_the_whole_band(numbers: list[float]) -> None:
    states = outputs_of(Hysteresis(on=2, off=-2), *numbers)
    before = False
    for number, state in zip(numbers, states, strict=True):
        if state != before:
            assert number >= 2 if state else number <= -2
        before = state
