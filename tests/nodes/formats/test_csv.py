"""formats/csv."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.formats.csv import Csv


def test_a_header_names_the_columns_and_each_row_is_a_message_with_its_parts() -> None:
    found = messages_of(Csv(header_in=True), Message("id,level\n7,4.2\n8,5\n", id="m", quality="uncertain"))
    assert [r.msg.payload for r in found] == [{"id": 7, "level": 4.2}, {"id": 8, "level": 5}]
    assert [r.msg.properties["parts"] for r in found] == [{"id": "m", "count": 2, "index": i} for i in (0, 1)]
    assert found[0].msg.properties["columns"] == ["id", "level"]
    assert found[0].msg.quality == "uncertain"


def test_columns_can_be_given_left_out_or_made_up() -> None:
    assert outputs_of(Csv(columns=["a", "", "c"], multi="array"), "1,2,3\n4\n") == [[{"a": 1, "c": 3}, {"a": 4}]]
    assert outputs_of(Csv(multi="array"), "1\n2,3\n") == [[{"col1": 1}, {"col1": 2, "col2": 3}]]
    assert outputs_of(Csv(columns=["a"], header_in=True), "x,y\n1,2") == [{"x": 1, "y": 2}]


def test_quotes_follow_rfc_4180() -> None:
    text = '"a ""quoted"" one","two\r\nlines",\'plain\'\r\n'
    assert outputs_of(Csv(), text) == [{"col1": 'a "quoted" one', "col2": "two\r\nlines", "col3": "'plain'"}]
    for wrong in ('"open', '"a"b,c'):
        with pytest.raises(BadData, match="is not CSV"):
            outputs_of(Csv(), wrong)


def test_lines_can_be_skipped_and_empty_ones_do_not_count() -> None:
    assert outputs_of(Csv(skip=2, header_in=True, multi="array"), "made by X\n\na\n\n1\n\n2\n") == [
        [{"a": 1}, {"a": 2}]
    ]


def test_numbers_are_parsed_but_part_numbers_keep_their_zeros() -> None:
    text = "1,-2.5,1e3,007,0,0.5,+1,1_0,nan,inf,0x1F,\n"
    row = {"col1": 1, "col2": -2.5, "col3": 1000.0, "col4": "007", "col5": 0, "col6": 0.5, "col7": "+1", "col8": "1_0"}
    assert outputs_of(Csv(), text) == [{**row, "col9": "nan", "col10": "inf", "col11": "0x1F"}]
    assert outputs_of(Csv(parse_numbers=False), "1,2") == [{"col1": "1", "col2": "2"}]


@pytest.mark.parametrize(
    ("empty", "row"), [("omit", {"a": 1}), ("null", {"a": 1, "b": None}), ("text", {"a": 1, "b": ""})]
)
def test_an_empty_value_is_left_out_null_or_text(empty: Any, row: dict[str, Any]) -> None:
    assert outputs_of(Csv(columns=["a", "b"], empty=empty), "1,\n") == [row]


def test_objects_and_lists_are_written() -> None:
    assert outputs_of(Csv(), {"a": 1, "b": 'x "y", z'}) == ['1,"x ""y"", z"\n']
    assert outputs_of(Csv(separator=";", newline="\r\n"), [[1, None, True], [2.0, "a;b", "c"]]) == [
        '1;;true\r\n2;"a;b";c\r\n'
    ]
    assert outputs_of(Csv(columns=["b", "a"]), [{"a": 1}, {"b": 2}]) == [",1\n2,\n"]
    assert outputs_of(Csv(), [1, 2]) == ["1,2\n"]
    assert outputs_of(Csv(), Message([{"a": 1, "b": 2}], properties={"columns": "b"})) == ["2\n"]


def test_the_header_is_written_never_always_or_once_until_reset() -> None:
    row = {"a": 1}
    assert outputs_of(Csv(header_out="all"), row, row) == ["a\n1\n", "a\n1\n"]
    once = Csv(header_out="once")
    assert outputs_of(once, row, row, Message(row, properties={"reset": True})) == ["a\n1\n", "1\n", "a\n1\n"]


def test_more_rows_than_allowed_and_other_payloads_are_bad_data() -> None:
    with pytest.raises(BadData, match="more than 2 rows"):
        outputs_of(Csv(most_rows=2), "1\n2\n3\n")
    with pytest.raises(BadData, match="more than 2 rows"):
        outputs_of(Csv(most_rows=2), [[1], [2], [3]])
    for value in (5, None, True):
        with pytest.raises(BadData, match="neither CSV text nor"):
            outputs_of(Csv(), value)
    with pytest.raises(BadData, match="is no row"):
        outputs_of(Csv(), [[1], 2])
    with pytest.raises(BadData, match="not CSV"):
        outputs_of(Csv(), "x" * 200_000)


def test_a_separator_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be a separator"):
        Csv(separator='"')


TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), max_size=5), st.sampled_from(",;\t|"))
@example([["a\rb", "c\nd"]], ",")
def test_what_is_written_is_read_back_the_same(rows: list[list[str]], separator: str) -> None:
    [text] = outputs_of(Csv(separator=separator), [*rows, ["end", "end"]])
    [found] = outputs_of(Csv(separator=separator, multi="array", parse_numbers=False, empty="text"), text)
    assert [list(row.values()) for row in found] == [*rows, ["end", "end"]]


@given(st.text(alphabet=st.sampled_from('a1,"\n\r ;'), max_size=30))
def test_any_text_is_rows_or_bad_data(text: str) -> None:
    try:
        [rows] = outputs_of(Csv(multi="array"), text)
    except BadData:
        return
    assert all(isinstance(row, dict) for row in rows)
