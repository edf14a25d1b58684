from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.sequences.join import Join
from flowengine_nodes.sequences.split import Split

values = st.one_of(
    st.lists(st.integers(), min_size=1, max_size=8),
    st.dictionaries(st.text(max_size=4), st.integers(), min_size=1, max_size=8),
    st.text(min_size=1, max_size=30),
    st.binary(min_size=1, max_size=30),
)


def test_a_list_becomes_a_message_per_value_with_parts() -> None:
    found = [r.msg for r in messages_of(Split(), Message(["a", "b"], topic="t", id="m"))]
    assert [(m.payload, m.topic, m.id) for m in found] == [("a", "t", "m"), ("b", "t", "m")]
    first, second = (m.get("parts") for m in found)
    assert first["id"] == second["id"]
    assert (first["index"], second["index"], second["count"]) == (0, 1, 2)


def test_a_list_can_be_split_into_chunks() -> None:
    assert outputs_of(Split(chunk=2), [1, 2, 3]) == [[1, 2], [3]]


def test_texts_and_bytes_split_at_a_separator_or_by_length() -> None:
    assert outputs_of(Split(), "a\nb") == ["a", "b"]
    assert outputs_of(Split(separator=";"), b"1;2") == [b"1", b"2"]
    assert outputs_of(Split(length=2), "abcde") == ["ab", "cd", "e"]


def test_an_object_becomes_a_message_per_property_with_its_key() -> None:
    found = [r.msg for r in messages_of(Split(key_property="topic"), {"a": 1, "b": 2})]
    assert [(m.topic, m.payload, m.get("parts.key")) for m in found] == [("a", 1, "a"), ("b", 2, "b")]


def test_an_empty_value_sends_nothing() -> None:
    assert outputs_of(Split(), [], {}, "", b"") == []


def test_sequences_of_the_same_message_are_told_apart() -> None:
    found = messages_of(Split(), Message([1], id="m"), Message([2], id="m"))
    assert found[0].msg.get("parts.id") != found[1].msg.get("parts.id")


def test_what_cannot_be_split_or_is_too_much_is_refused() -> None:
    with pytest.raises(BadData, match="payload is 5; expected a list"):
        outputs_of(Split(), 5)
    with pytest.raises(BadData, match="has 3 parts; at most 2"):
        outputs_of(Split(most=2), [1, 2, 3])


@given(values, st.integers(1, 4))
def test_join_puts_together_what_split_took_apart(value: Any, chunk: int) -> None:
    for split in (Split(chunk=chunk, separator="a"), Split(length=chunk)):
        parts = [r.msg for r in messages_of(split, value)]
        assert outputs_of(Join(), *parts) == [value]
        assert outputs_of(Join(), *reversed(parts)) == [value]


@given(st.lists(st.lists(st.integers(), min_size=1, max_size=3), min_size=1, max_size=4))
def test_nested_sequences_come_together_again(value: list[list[int]]) -> None:
    outer = [r.msg for r in messages_of(Split(), value)]
    inner = [r.msg for r in messages_of(Split(), *outer)]
    rows = [r.msg for r in messages_of(Join(), *inner)]
    assert outputs_of(Join(), *rows) == [value]
