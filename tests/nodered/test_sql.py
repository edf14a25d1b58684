"""Statements that come with messages: bound values, what they may do, and what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowengine import BadData, Message, NodeError, Refused
from flowengine.testing import running
from flowengine_nodes.nodered.sql import Sql, bound
from flowengine_nodes.sql.database import Database


def done(file: Path, *asked: tuple[str, Any], changes: bool = True) -> list[Any]:
    """Return what becomes of each payload, or the error."""

    async def main() -> list[Any]:
        database = Database(file=str(file))
        found: list[Any] = []
        node = Sql(connection=database, changes=changes)
        async with running(database), running(node):
            for topic, payload in asked:
                try:
                    found.append((await node.process(Message(payload, topic=topic))).payload)
                except NodeError as error:
                    found.append(error)
        return found

    return asyncio.run(main())


def test_values_are_bound_in_every_way_that_sqlite_has_and_never_become_part_of_the_statement(tmp_path: Path) -> None:
    evil = "x'); DROP TABLE r; --"
    *made, rows, left = done(
        tmp_path / "plant.db",
        ("CREATE TABLE r (a, b, c)", "a text is no list of values"),
        ("INSERT INTO r VALUES (?, '? $a :b', ?) -- ?", [evil, {"x": 1}]),
        ("INSERT INTO r VALUES ($name, @other, $name);", [1, 2]),
        ("INSERT INTO r VALUES (?2, ?1, ?3)", [1, 2]),
        ("SELECT * FROM r WHERE a = :a OR b = 1", [evil]),
        ("SELECT count(*) AS n FROM r", None),
    )
    assert made == [[]] * 4
    assert rows == [{"a": evil, "b": "? $a :b", "c": '{"x":1}'}, {"a": 2, "b": 1, "c": None}]
    assert left == [{"n": 3}]


def test_a_statement_of_a_message_changes_nothing_unless_the_node_allows_it(tmp_path: Path) -> None:
    done(tmp_path / "plant.db", ("CREATE TABLE r (a)", None))
    hidden = "WITH x AS (SELECT 1) DELETE FROM r"
    found = done(
        tmp_path / "plant.db", ("DELETE FROM r", None), (hidden, None), ("SELECT * FROM r", None), changes=False
    )
    assert [str(error) for error in found[:2]] == ["the statement changes something, and 'changes' is off"] * 2
    assert found[2] == []


@pytest.mark.parametrize(
    ("topic", "kind", "words"),
    [
        ("", BadData, "no SQL statement in msg.topic"),
        ("DELETE FROM r; SELECT 1", BadData, "one statement only"),
        ("ATTACH 'x.db' AS x", Refused, "begins with 'ATTACH'"),
        ("PRAGMA query_only = OFF", Refused, "begins with 'PRAGMA'"),
        ("/* SELECT */ VACUUM INTO 'x.db'", Refused, "begins with 'VACUUM'"),
        ("INSERT INTO r VALUES (1) RETURNING a", Refused, "gives no rows"),
        ("SELECT 'open", BadData, "is not closed"),
        ("SELECT ?0", BadData, "no place for a value"),
        ("SELECT a FROM nowhere", Refused, "no such table"),
    ],
)
def test_what_a_message_cannot_bring_is_said(tmp_path: Path, topic: str, kind: type[Exception], words: str) -> None:
    (error,) = done(tmp_path / "plant.db", (topic, []))
    assert isinstance(error, kind)
    assert words in str(error)


def test_mysql_has_question_marks_alone_and_wants_a_value_for_each() -> None:
    statement, values, changing = bound("UPDATE r SET a = ?, b = @b WHERE c = '?' AND d = ?", ["x", 2], "mysql")
    assert statement.percent_text == "UPDATE r SET a = %(p1)s, b = @b WHERE c = '?' AND d = %(p2)s"
    assert (values, changing) == ({"p1": "x", "p2": 2}, True)
    with pytest.raises(BadData, match="wants 2 values, and the payload, a list, has 1"):
        bound("SELECT ?, ?", [1], "mysql")
    with pytest.raises(Refused, match="a name in the statement"):
        bound("SELECT ?? FROM r", ["a"], "mysql")
    with pytest.raises(BadData, match=":x has no value here"):
        bound("SELECT :x", [], "mysql")
