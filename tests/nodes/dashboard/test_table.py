from __future__ import annotations

import pytest

from flowengine import BadData, Message
from flowengine_nodes.dashboard.table import Table


def test_a_list_of_objects_replaces_the_table() -> None:
    node = Table()
    node.take(Message([{"a": 1, "b": 2}, {"b": 4, "a": 3}], time=5.0))
    assert node.shown() == {"columns": ["a", "b"], "formats": [None, None], "rows": [[1, 2], [3, 4]], "time": 5.0}


def test_one_object_is_a_row_on_top_and_the_oldest_leave() -> None:
    node = Table(columns=["n"], rows=2)
    for n in range(4):
        node.take(Message({"n": n}))
    assert node.shown()["rows"] == [[3], [2]]


def test_a_row_with_the_same_key_is_replaced_in_its_place() -> None:
    node = Table(columns=["order", "made"], key="order")
    for row in ({"order": "A", "made": 1}, {"order": "B", "made": 1}, {"order": "A", "made": 2}):
        node.take(Message(row))
    assert node.shown()["rows"] == [["B", 1], ["A", 2]]


def test_what_is_missing_in_a_row_is_empty() -> None:
    node = Table(columns=["a", "b"])
    node.take(Message({"b": 2}))
    assert node.shown()["rows"] == [[None, 2]]


def test_columns_have_the_headings_that_they_are_given() -> None:
    node = Table(columns=["days", "part"], names={"days": "Days left", "other": "Other"})
    node.take(Message({"part": "bearing", "days": 3}))
    assert node.shown()["columns"] == ["Days left", "part"]
    assert node.shown()["rows"] == [[3, "bearing"]]


def test_columns_say_how_their_numbers_are_written() -> None:
    node = Table(columns=["reason", "share"], formats={"share": "percent"})
    node.take(Message({"reason": "jam", "share": 0.25}))
    assert node.shown()["formats"] == [None, "percent"]


@pytest.mark.parametrize("payload", [7, "text", [1, 2], None])
def test_what_is_no_row_is_refused(payload: object) -> None:
    with pytest.raises(BadData, match="a table takes"):
        Table().take(Message(payload))
