from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.sql.statement import Statement


def names(text: str) -> tuple[str, ...]:
    return Statement(text, {}).names


def test_parameters_are_found_and_what_only_looks_like_one_is_not() -> None:
    assert names("INSERT INTO t VALUES (:a, :b, :a)") == ("a", "b")
    assert names("SELECT ':no', \":no\", 'it''s :no', now()::date /* :no */ -- :no\n WHERE x = :yes") == ("yes",)
    assert names("DO $body$ :no; $body$") == ()
    assert names("SELECT $$ it's :no $$, :yes;  ") == ("yes",)


def test_the_notation_of_postgresql_has_each_parameter_by_name_and_doubles_percent_signs() -> None:
    made = Statement("SELECT 5 % 3, '100%' FROM t WHERE a LIKE :a || '%' -- 1%\n", {}).percent_text
    assert made == "SELECT 5 %% 3, '100%%' FROM t WHERE a LIKE %(a)s || '%%' -- 1%%"


@pytest.mark.parametrize(
    ("text", "parameters", "said"),
    [
        ("", {}, "empty"),
        ("SELECT 1; DROP TABLE t", {}, "one statement only"),
        ("SELECT 1; :a", {}, "one statement only"),
        ("SELECT 'open", {}, "' at character 8 of the statement is not closed"),
        ("SELECT 1", {"a": "payload"}, "parameter 'a' is not in the statement"),
        ("SELECT :a", {"a": "payload..x"}, "path"),
    ],
)
def test_a_statement_that_cannot_be_meant_is_refused(text: str, parameters: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Statement(text, parameters)


def test_a_value_comes_from_where_parameters_say_else_from_the_payload_else_from_the_message() -> None:
    statement = Statement("SELECT :weight, :topic, :unit, :first", {"first": "payload.list[0]"})
    msg = Message({"weight": 3, "list": ["x"]}, "line-1", properties={"unit": "kg"})
    assert statement.values(msg) == {"weight": 3, "topic": "line-1", "unit": "kg", "first": "x"}


def test_objects_and_lists_are_written_as_json_and_what_is_not_there_is_an_error() -> None:
    assert Statement("SELECT :payload", {}).values(Message([1, {"a": 2}])) == {"payload": '[1,{"a":2}]'}
    with pytest.raises(BadData, match=r"nothing for :weight: neither payload\.weight nor a property weight"):
        Statement("SELECT :weight", {}).values(Message({}))
    with pytest.raises(BadData, match="more than 64 bits"):
        Statement("SELECT :payload", {}).values(Message(2**63))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_no_text_ever_becomes_part_of_the_statement(text: str) -> None:
    statement = Statement("SELECT :payload", {})
    db = sqlite3.connect(":memory:")
    assert db.execute(statement.text, statement.values(Message(text))).fetchone() == (text,)
    db.close()


@given(st.text(alphabet=":a;'\"$-/*% \n", max_size=30))
def test_any_text_is_either_a_statement_or_an_error_that_says_why(text: str) -> None:
    with contextlib.suppress(ValueError):
        made = Statement(text, {})
        assert (made.percent_text % dict.fromkeys(made.names, "?")).count("?") >= len(made.names)
