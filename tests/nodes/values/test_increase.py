"""values/increase: what a counter has gone up by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.values.increase import Increase


def test_the_first_reading_only_gives_something_to_compare_with() -> None:
    assert outputs_of(Increase(), 100, 103, 103, 110) == [3, 0, 7]


def test_a_counter_that_is_full_is_counted_through() -> None:
    assert outputs_of(Increase(roll_over=1_000_000), 999_998, 999_999, 0, 3) == [1, 1, 3]


def test_a_counter_that_begins_anew_has_made_nothing() -> None:
    assert outputs_of(Increase(), 50, 0, 2) == [0, 2]
    assert outputs_of(Increase(roll_over=1_000_000, most=1000), 50, 999_900, 999_901) == [0, 1]


def test_a_bad_reading_passes_empty_and_the_next_good_one_makes_up_for_it() -> None:
    bad = Message(101, quality="bad")
    sent = messages_of(Increase(), 100, bad, bad, 104)
    assert [(r.msg.payload, r.msg.quality) for r in sent] == [(None, "bad"), (None, "bad"), (4, "good")]


def test_each_topic_is_a_counter_of_its_own() -> None:
    a, b = Message(1, topic="a"), Message(100, topic="b")
    assert outputs_of(Increase(), a, b, a.with_payload(2), b.with_payload(110)) == [1, 10]


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(BadData, match="not a number"):
        outputs_of(Increase(), "many")
    for beyond in (10**400, 1e308, -(10**151)):
        with pytest.raises(BadData, match=r"not a number|no reading of a counter"):
            outputs_of(Increase(), 1, beyond)
    with pytest.raises(BadData, match=r"no payload\.pieces"):
        outputs_of(Increase(property="payload.pieces"), 5)


def test_limits_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="less than roll_over"):
        Increase(roll_over=100, most=100)


@given(st.lists(st.integers(0, 999), min_size=1), st.integers(0, 999))
def test_the_increases_add_up_to_what_was_made(made: list[int], start: int) -> None:
    shown, total = [start], start
    for pieces in made:
        total += pieces
        shown.append(total % 1000)
    assert outputs_of(Increase(roll_over=1000), *shown) == made
