"""signal/debounce: a change passes when it has settled."""

from __future__ import annotations

from flowengine import Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.signal.debounce import Debounce


def test_the_first_passes_and_a_change_when_it_has_settled() -> None:
    assert outputs_of(Debounce(seconds=0.25), 0, 1, 0, 1, 1, 1, every=0.1, seconds=1) == [0, 1]


def test_what_goes_back_has_never_been_there() -> None:
    assert outputs_of(Debounce(seconds=0.25), "a", "b", "a", "a", every=0.1, seconds=1) == ["a"]


def test_a_third_value_starts_the_time_anew() -> None:
    assert outputs_of(Debounce(seconds=0.25), "a", "b", "c", every=0.2, seconds=0.2) == ["a"]
    assert outputs_of(Debounce(seconds=0.25), "a", "b", "c", every=0.2, seconds=0.3) == ["a", "c"]


def test_true_is_not_1_and_near_numbers_are_the_same_with_a_band() -> None:
    assert outputs_of(Debounce(seconds=0.25), 1, True, seconds=1) == [1, True]
    assert outputs_of(Debounce(seconds=0.25, band=0.5), 1, 1.4, 2, 2.2, every=0.2, seconds=1) == [1, 2.2]


def test_a_bad_reading_passes_once_and_the_next_good_one_at_once() -> None:
    bad = Message(None, quality="bad")
    found = messages_of(Debounce(seconds=0.25), 0, 1, bad, bad, 1, every=0.1, seconds=1)
    assert [(r.msg.payload, r.msg.quality) for r in found] == [(0, "good"), (None, "bad"), (1, "good")]


def test_the_settled_message_has_the_time_at_which_it_is_settled() -> None:
    found = messages_of(Debounce(seconds=0.25), 0, 1, every=1, seconds=1)
    assert found[1].msg.time - found[0].msg.time == 1.25


def test_with_a_band_a_word_among_numbers_is_another_value() -> None:
    node = Debounce(seconds=0.25, band=0.5)
    assert outputs_of(node, "starting", 1, 1.4, 1.3, every=0.2, seconds=1) == ["starting", 1.4]
