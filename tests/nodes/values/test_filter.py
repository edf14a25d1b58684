"""values/filter: report by exception."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.values.filter import Filter, same


def test_rbe_passes_only_changes() -> None:
    assert outputs_of(Filter(), 1, 1, 1.0, 2, 2, 1) == [1, 2, 1]


def test_rbe_tells_true_from_one_and_compares_objects_by_content() -> None:
    assert outputs_of(Filter(), 1, True, {"a": [1]}, {"a": [1]}, {"a": [True]}, None, None) == [
        1, True, {"a": [1]}, {"a": [True]}, None,
    ]  # fmt: skip


def test_rbei_blocks_the_first_value_too() -> None:
    assert outputs_of(Filter(mode="rbei"), 1, 1, 2) == [2]


@pytest.mark.parametrize(
    ("mode", "values", "passed"),
    [
        ("deadband", [20.0, 20.5, 20.6, 22.0], [20.0, 20.6, 22.0]),
        ("deadband_eq", [20.0, 20.4, 20.5, 22.0], [20.0, 20.5, 22.0]),
        ("narrowband", [20.0, 20.5, 22.0, 20.6], [20.0, 20.5, 20.6]),
        ("narrowband_eq", [20.0, 20.5, 20.25], [20.0, 20.25]),
    ],
)
def test_bands_compare_with_the_last_value_that_passed(mode: Any, values: list[float], passed: list[float]) -> None:
    assert outputs_of(Filter(mode=mode, gap=0.5), *values) == passed


def test_compare_to_input_follows_a_slow_drift() -> None:
    drift = [20.0, 20.4, 20.8, 21.2]
    assert outputs_of(Filter(mode="deadband", gap=0.5, compare_to="input"), *drift) == [20.0]
    assert outputs_of(Filter(mode="deadband", gap=0.5), *drift) == [20.0, 20.8]


def test_the_gap_may_be_in_percent_of_the_value_compared_with() -> None:
    assert outputs_of(Filter(mode="deadband", gap=10, percent=True), 200.0, 219, 221, 240, 244) == [200.0, 221, 244]


def test_narrowband_starts_from_the_start_value() -> None:
    assert outputs_of(Filter(mode="narrowband", gap=5, start_value=100.0), 20, 104, 108) == [104, 108]


def test_topics_are_watched_apart_unless_told_otherwise() -> None:
    messages = [Message(1, topic="a"), Message(1, topic="b"), Message(1, topic="a")]
    assert [m.msg.topic for m in messages_of(Filter(), *messages)] == ["a", "b"]
    assert [m.msg.topic for m in messages_of(Filter(separate_topics=False), *messages)] == ["a"]
    by_device = [Message(1, properties={"device": d}) for d in (1, 2, 1)]
    assert len(messages_of(Filter(topic_property="device"), *by_device)) == 2


def test_reset_forgets_a_topic_or_all() -> None:
    reset = {"reset": True}
    one = [Message(1, topic="a"), Message(1, topic="b"), Message(1, topic="a", properties=reset), Message(1, topic="b")]
    assert len(messages_of(Filter(), *one)) == 3
    every = [Message(1, topic="a"), Message(1, topic="b"), Message(1, properties=reset), Message(1, topic="b")]
    assert len(messages_of(Filter(), *every)) == 4


def test_the_topic_unseen_for_longest_is_forgotten() -> None:
    node = Filter(most_topics=2)
    topics = ["a", "b", "a", "c", "a", "b"]
    assert [m.msg.topic for m in messages_of(node, *[Message(1, topic=t) for t in topics])] == ["a", "b", "c", "b"]
    assert len(node.last) == 2


def test_a_band_needs_numbers_and_bad_data_does_not_forget_the_last_value() -> None:
    node = Filter(mode="deadband", gap=1)
    assert outputs_of(node, "20") == ["20"]
    with pytest.raises(BadData, match="'warm' is not a number"):
        outputs_of(node, "warm")
    assert outputs_of(node, 20.5) == []


def test_a_message_without_the_property_ends_here() -> None:
    assert outputs_of(Filter(property="level"), 1) == []


def test_the_last_values_are_kept_over_a_restart() -> None:
    first = Filter()
    outputs_of(first, 1)
    second = Filter()
    second.restore(first.state())
    assert outputs_of(second, 1, 2) == [2]


@given(st.lists(st.floats(-100, 100), max_size=30), st.floats(0, 20))
def test_what_deadband_passes_differs_by_more_than_the_gap(values: list[float], gap: float) -> None:
    passed = outputs_of(Filter(mode="deadband", gap=gap), *values)
    assert all(abs(b - a) > gap for a, b in itertools.pairwise(passed))
    assert passed[:1] == values[:1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.text(max_size=1),
    lambda x: st.lists(x, max_size=2) | st.dictionaries(st.sampled_from("ab"), x, max_size=2),
)


@given(JSON, JSON)
def test_same_is_equality_of_json(a: Any, b: Any) -> None:
    import msgspec

    text_a, text_b = (msgspec.json.encode(x, order="sorted") for x in (a, b))
    assert same(a, b) == (text_a == text_b)


def test_a_change_of_quality_is_reported_although_the_value_stands_still() -> None:
    bad = Message(20.0, quality="bad")
    sent = messages_of(Filter(mode="deadband", gap=1), 20.0, 20.1, bad, bad, 20.1, 20.2)
    assert [(r.msg.payload, r.msg.quality) for r in sent] == [(20.0, "good"), (20.0, "bad"), (20.1, "good")]


def test_the_value_of_a_bad_reading_counts_for_nothing() -> None:
    first = Message(None, quality="bad")
    assert outputs_of(Filter(mode="deadband", gap=1), first, first, 20.0, 20.5) == [None, 20.0]


def test_the_quality_may_be_left_out_of_account() -> None:
    assert outputs_of(Filter(quality=False), 1, Message(1, quality="bad"), 2) == [1, 2]
