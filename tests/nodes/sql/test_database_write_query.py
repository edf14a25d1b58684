"""sql/write and sql/query with a real SQLite and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from flowengine import BadData, Message, Refused, Retryable
from flowengine_nodes.sql.database import Database
from flowengine_nodes.sql.query import QuerySql
from flowengine_nodes.sql.write import WriteSql
from tests.nodes.sql.conftest import options_of
from tests.nodes.threads import started
from tests.plants.postgresql import PostgreSql

INSERT = "INSERT INTO reading (id, tag, at, value) VALUES (:id, :topic, :time, :payload) ON CONFLICT (id) DO NOTHING"


@contextlib.asynccontextmanager
async def opened(options: dict[str, Any]) -> AsyncIterator[Database]:
    database = Database(**options)
    async with started(database):
        yield database


async def write(database: Database, statement: str, *messages: Any, **options: Any) -> list[Any]:
    """Write messages at once; gives what became of each: None, or the error."""
    node = WriteSql(connection=database, statement=statement, **options)
    msgs = [msg if isinstance(msg, Message) else Message(msg) for msg in messages]
    return await asyncio.gather(*(node.write(msg) for msg in msgs), return_exceptions=True)


async def query(database: Database, statement: str, payload: Any = None, **options: Any) -> Any:
    node = QuerySql(connection=database, statement=statement, **options)
    return (await node.process(Message(payload))).payload


async def fresh(database: Database) -> None:
    for statement in (
        "DROP TABLE IF EXISTS reading",
        "CREATE TABLE reading (id text PRIMARY KEY, tag text NOT NULL, at double precision,"
        " value double precision CHECK (value < 1000))",
    ):
        assert await write(database, statement, None) == [None]


def reading(number: int, value: Any = 1.5, tag: str = "oven") -> Message:
    return Message(value, tag, 1000.0 + number, id=f"m{number}")


def test_what_is_written_is_found_again_and_a_message_that_comes_twice_is_written_once(options: dict[str, Any]) -> None:
    async def main() -> Any:
        async with opened(options) as database:
            await fresh(database)
            assert await write(database, INSERT, *(reading(n, n / 4) for n in range(2500)), reading(7)) == [None] * 2501
            first = await query(database, "SELECT * FROM reading WHERE id = :payload", "m3", result="first")
            none = await query(database, "SELECT * FROM reading WHERE id = :payload", "m9999", result="first")
            count = await query(database, "SELECT count(*) AS n FROM reading WHERE tag = :tag", {"tag": "oven"})
            return first, none, count

    assert asyncio.run(main()) == ({"id": "m3", "tag": "oven", "at": 1003.0, "value": 0.75}, None, [{"n": 2500}])


def test_what_the_database_does_not_take_fails_alone_among_many(options: dict[str, Any]) -> None:
    async def main() -> tuple[list[Any], Any]:
        async with opened(options) as database:
            await fresh(database)
            found = await write(database, INSERT, reading(1), reading(2, 5000), reading(3, "much"), reading(4))
            return found, await query(database, "SELECT id FROM reading WHERE value < 1000 ORDER BY id")

    found, rows = asyncio.run(main())
    assert found[0] is found[3] is None
    assert isinstance(found[1], BadData)
    assert {"id": "m1"} in rows
    assert {"id": "m4"} in rows
    assert {"id": "m2"} not in rows


def test_a_list_of_objects_is_written_whole_or_not_at_all(options: dict[str, Any]) -> None:
    statement = "INSERT INTO reading (id, tag, value) VALUES (:id, :tag, :value)"
    good = [{"id": "a", "tag": "x", "value": 1}, {"id": "b", "tag": "x", "value": 2}]

    async def main() -> tuple[list[Any], Any]:
        async with opened(options) as database:
            await fresh(database)
            bad = [{"id": "c", "tag": "x", "value": 3}, {"id": "a", "tag": "x", "value": 4}]
            found = await write(database, statement, good, bad, [{"id": "d"}], [1], [])
            return found, await query(database, "SELECT id FROM reading ORDER BY id")

    found, rows = asyncio.run(main())
    assert [str(error) for error in found[2:4]] == [
        "row 1: the message has nothing for :tag: neither payload.tag nor a property tag; "
        "say in 'parameters' where it is",
        "row 1 is 1: expected an object for each row",
    ]
    assert (found[0], type(found[1]), found[4]) == (None, BadData, None)
    assert rows == [{"id": "a"}, {"id": "b"}]


def test_no_text_of_a_message_is_ever_a_part_of_the_statement(options: dict[str, Any]) -> None:
    evil = "x'); DROP TABLE reading; --"

    async def main() -> Any:
        async with opened(options) as database:
            await fresh(database)
            await write(database, INSERT, reading(1, tag=evil))
            return await query(database, "SELECT tag FROM reading WHERE tag LIKE '%DROP%' AND tag = :payload", evil)

    assert asyncio.run(main()) == [{"tag": evil}]


def test_a_query_changes_nothing_and_sends_no_more_than_it_may(options: dict[str, Any]) -> None:
    async def main() -> None:
        async with opened(options) as database:
            await fresh(database)
            await write(database, INSERT, reading(1), reading(2))
            with pytest.raises(Refused, match=r"readonly|read-only"):
                await query(database, "DELETE FROM reading RETURNING id")
            with pytest.raises(BadData, match="more than 1 rows"):
                await query(database, "SELECT id FROM reading", most=1)
            with pytest.raises(BadData, match="two columns of the answer are called 'id'"):
                await query(database, "SELECT id, id FROM reading")
            with pytest.raises(Refused, match="nowhere"):
                await query(database, "SELECT * FROM nowhere")
            assert len(await query(database, "SELECT id FROM reading")) == 2

    asyncio.run(main())


@pytest.mark.parametrize("statement", ["PRAGMA query_only = OFF", "ATTACH '{}' AS other", "VACUUM INTO '{}'"])
def test_a_query_of_sqlite_neither_opens_another_file_nor_ends_the_reading(tmp_path: Path, statement: str) -> None:
    async def main() -> None:
        async with opened({"file": str(tmp_path / "a.sqlite")}) as database:
            with pytest.raises(Refused, match="a query reads this file and no other"):
                await query(database, statement.format(tmp_path / "other"))
            assert await query(database, "PRAGMA query_only") == [{"query_only": 1}]

    asyncio.run(main())
    assert not (tmp_path / "other").exists()


def test_a_query_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    async def main() -> None:
        async with opened({"file": str(tmp_path / "plant.sqlite"), "timeout": 0.05}) as database:
            with pytest.raises(Retryable, match="longer than 'timeout'"):
                await query(database, endless)
            while True:
                with contextlib.suppress(Retryable):  # on a busy computer a short one may take too long, too
                    assert await query(database, "SELECT 1 AS one") == [{"one": 1}]
                    return

    asyncio.run(main())


def test_a_file_that_another_program_holds_is_waited_for(tmp_path: Path) -> None:
    async def main() -> Any:
        options = {"file": str(tmp_path / "plant.sqlite")}
        async with opened(options) as database:
            await fresh(database)
            other = sqlite3.connect(options["file"], isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            pending = asyncio.ensure_future(write(database, INSERT, reading(1), reading(2)))
            await asyncio.sleep(0.05)
            assert not pending.done()
            other.execute("ROLLBACK")
            other.close()
            assert await pending == [None, None]

    asyncio.run(main())


def test_a_server_that_goes_away_and_comes_back_gets_everything_once(postgresql: PostgreSql) -> None:
    async def main() -> tuple[list[Any], Any, list[str]]:
        async with opened(options_of(postgresql)) as database:
            await fresh(database)
            assert await query(database, "SELECT 1 AS one") == [{"one": 1}]
            postgresql.stop()
            pending = asyncio.ensure_future(write(database, INSERT, *(reading(n) for n in range(5))))
            with pytest.raises(Retryable):
                await query(database, "SELECT 1 AS one")
            assert database._host is not None
            levels = [status.level for status in database._host.statuses]  # type: ignore[attr-defined]
            await asyncio.to_thread(postgresql.start)
            return await pending, await query(database, "SELECT count(*) AS n FROM reading"), levels

    found, count, levels = asyncio.run(main())
    assert found == [None] * 5
    assert count == [{"n": 5}]
    assert levels[0] == "busy"


def test_values_of_postgresql_come_as_messages_carry_them(postgresql: PostgreSql) -> None:
    statement = """SELECT 12.50::numeric AS price, 3::numeric AS whole, '2026-01-01T00:00:00Z'::timestamptz AS at,
        '2026-01-01 08:00'::timestamp AS local, DATE '2026-01-01' AS day, interval '90 s' AS lasts,
        '{"a": [1]}'::jsonb AS js,
        ARRAY[1.5, 2]::numeric[] AS list, '\\x00ff'::bytea AS raw, true AS yes, NULL AS nothing"""

    async def main() -> Any:
        async with opened(options_of(postgresql)) as database:
            return await query(database, statement, result="first")

    assert asyncio.run(main()) == {
        "price": 12.5,
        "whole": 3,
        "at": 1767225600.0,
        "local": "2026-01-01T08:00:00",
        "day": "2026-01-01",
        "lasts": 90.0,
        "js": {"a": [1]},
        "list": [1.5, 2],
        "raw": b"\x00\xff",
        "yes": True,
        "nothing": None,
    }


def test_a_connection_without_what_it_needs_says_what() -> None:
    with pytest.raises(ValueError, match="file is missing"):
        Database()
    with pytest.raises(ValueError, match="database is missing"):
        Database(system="postgresql")
