from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.sequences.join import Join
from flowengine_nodes.sequences.sort import Sort
from flowengine_nodes.sequences.split import Split


def test_a_list_is_sorted_as_text_or_as_numbers() -> None:
    assert outputs_of(Sort(), [10, 9, 100]) == [[10, 100, 9]]
    assert outputs_of(Sort(as_number=True), [10, 9, 100]) == [[9, 10, 100]]
    assert outputs_of(Sort(as_number=True, order="descending"), [10, 9, 100]) == [[100, 10, 9]]


def test_objects_are_sorted_by_a_property() -> None:
    rows = [{"t": 3, "n": "a"}, {"t": 1, "n": "b"}]
    assert outputs_of(Sort(key="t", as_number=True), rows) == [[rows[1], rows[0]]]
    with pytest.raises(BadData, match="a value has no 'x'"):
        outputs_of(Sort(key="x"), rows)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers()), max_size=12), st.sampled_from(["ascending", "descending"]))
def test_equal_values_keep_their_order(pairs: list[tuple[int, int]], order: Any) -> None:
    rows = [{"k": k, "v": v} for k, v in pairs]
    expected = sorted(rows, key=lambda row: row["k"], reverse=order == "descending")
    assert outputs_of(Sort(key="k", as_number=True, order=order), rows) == [expected]


def test_the_messages_of_a_sequence_are_sorted_and_numbered_anew() -> None:
    parts = [r.msg for r in messages_of(Split(), [3, 1, 2])]
    found = [r.msg for r in messages_of(Sort(target="messages", as_number=True), *parts)]
    assert [(m.payload, m.get("parts.index")) for m in found] == [(1, 0), (2, 1), (3, 2)]
    assert outputs_of(Join(), *found) == [[1, 2, 3]]


def test_an_incomplete_sequence_is_handed_over_at_the_end() -> None:
    node = Sort(target="messages")
    assert outputs_of(node, messages_of(Split(), [2, 1])[0].msg, flush=True) == []
    assert [m.payload for m in node.unsent()] == [2]


def test_what_cannot_be_sorted_is_refused() -> None:
    with pytest.raises(BadData, match="expected a list"):
        outputs_of(Sort(), 5)
    with pytest.raises(BadData, match="no sequence"):
        outputs_of(Sort(target="messages"), 5)
    with pytest.raises(BadData, match="not a number"):
        outputs_of(Sort(as_number=True), ["x"])
