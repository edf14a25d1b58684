"""Merging lists: rules of a node, entries of an option."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.merge import Merged, merge
from flowengine.flow.merge_lists import merge_lists
from tests.engine.flow.merging import Flow, base

RULES = [{"port": name, "above": number, "unit": "degC"} for number, name in enumerate("abcd")]


def with_rules(change: Any = lambda entries: None) -> Flow:
    """Return the flow with four rules at a node, after an edit of them."""
    data = base()
    data["nodes"]["hold"]["options"]["rules"] = copy.deepcopy(RULES)
    change(data["nodes"]["hold"]["options"]["rules"])
    return data


def merged_rules(ours: Any, theirs: Any) -> Merged:
    return merge(with_rules(), with_rules(ours), with_rules(theirs))


def test_lists_merge_entry_by_entry() -> None:
    def ours(entries: list[Any]) -> None:
        entries[0]["above"] = 10
        entries[3]["unit"] = "K"
        del entries[2]

    def theirs(entries: list[Any]) -> None:
        entries[3]["above"] = 99
        entries.append({"port": "e", "above": 5, "unit": "degC"})

    merged = merged_rules(ours, theirs)
    assert merged.conflicts == []
    assert merged.data["nodes"]["hold"]["options"]["rules"] == [
        {"port": "a", "above": 10, "unit": "degC"},
        {"port": "b", "above": 1, "unit": "degC"},
        {"port": "d", "above": 99, "unit": "K"},
        {"port": "e", "above": 5, "unit": "degC"},
    ]


def test_one_entry_changed_by_both_sides_is_named_and_the_others_merge() -> None:
    merged = merged_rules(
        lambda entries: entries[1].update(above=10), lambda entries: [one.update(above=20) for one in entries[1:3]]
    )
    assert [str(one) for one in merged.conflicts] == [
        "node hold, options.rules[1].above: ours 10, theirs 20, before 1; ours is kept"
    ]
    assert [one["above"] for one in merged.data["nodes"]["hold"]["options"]["rules"]] == [0, 10, 20, 3]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda entries: entries.append({"port": "x"}), lambda entries: entries.append({"port": "y"})),
        (lambda entries: entries.pop(1), lambda entries: entries[1].update(above=7)),
        (lambda entries: entries.insert(0, entries.pop()), lambda entries: entries.insert(1, entries.pop())),
        (lambda entries: entries.clear(), lambda entries: entries.insert(2, {"port": "z"})),
    ],
    ids=["put at the same place", "removed and changed", "moved to two places", "put into what is gone"],
)
def test_edits_of_a_list_that_meet_are_a_conflict_that_names_it_and_keep_ours(ours: Any, theirs: Any) -> None:
    merged = merged_rules(ours, theirs)
    (conflict,) = merged.conflicts
    assert (conflict.what, conflict.property) == ("node hold", "options.rules")
    kept = copy.deepcopy(RULES)
    ours(kept)
    assert merged.data["nodes"]["hold"]["options"]["rules"] == kept


@given(st.lists(st.integers(0, 99), max_size=12, unique=True), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_different_entries_of_a_list_of_values_always_merge(
    before: list[int], ours: set[int], theirs: set[int]
) -> None:
    def changed(by: dict[int, int]) -> list[int]:
        return [by.get(index, value) for index, value in enumerate(before)]

    us = {index: 100 + index for index in ours}
    them = {index: 200 + index for index in theirs - ours}
    both_sides = changed(us), changed(them)
    assert merge_lists(before, *both_sides, lambda *entry: pytest.fail("no entry meets")) == changed(us | them)
