"""sql/write and sql/query with a real MariaDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from flowengine import BadData, Message, Refused
from flowengine_nodes.nodered.sql import Sql
from flowengine_nodes.sql.database import Database
from tests.nodes.sql.test_database_write_query import opened, query, write
from tests.plants.mariadb import PASSWORD, MariaDb, missing
from tests.plants.mosquitto import LOOPBACK

TABLE = (
    "CREATE TABLE reading (`id` varchar(20) PRIMARY KEY, tag varchar(80), value double CHECK (value < 1000),"
    " raw blob, at datetime(3))"
)
INSERT = "INSERT IGNORE INTO reading (id, tag, value) VALUES (:id, :tag, :value)"


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    if why := missing():
        pytest.skip(why)
    with MariaDb() as made:
        yield made


def options_of(server: MariaDb) -> dict[str, Any]:
    where = {"system": "mysql", "host": LOOPBACK, "port": server.port, "database": "plant", "tls": "off"}
    return {**where, "username": "flowengine", "password": PASSWORD}


def test_what_is_written_is_found_again_as_messages_carry_it_and_no_text_is_part_of_a_statement(
    server: MariaDb,
) -> None:
    evil = "x\\'); DROP TABLE reading; -- :id `%s"

    async def main() -> list[Any]:
        async with opened(options_of(server)) as database:
            assert await write(database, TABLE, None) == [None]
            rows = [{"id": f"m{n}", "tag": evil, "value": n} for n in range(3)]
            assert await write(database, INSERT, rows, rows[0]) == [None, None]
            whole = "UPDATE reading SET raw = :raw, at = '2026-01-01 08:00:00' WHERE id = 'm1' AND tag LIKE '%:id%'"
            assert await write(database, whole, {"raw": b"\x00\xff"}) == [None]
            asked = "SELECT *, 12.50 AS price, ':none' AS text FROM reading WHERE id = :id"
            return [
                await query(database, "SELECT count(*) AS n FROM reading"),
                await query(database, asked, {"id": "m1"}),
            ]

    count, found = asyncio.run(main())
    assert count == [{"n": 3}]
    kept = {"id": "m1", "tag": evil, "value": 1.0, "raw": b"\x00\xff", "at": "2026-01-01T08:00:00"}
    assert found == [{**kept, "price": 12.5, "text": ":none"}]


def test_a_statement_of_a_message_has_its_values_bound_to_question_marks(server: MariaDb) -> None:
    evil = "x\\'); DROP TABLE said; -- ? `%s"
    asked: list[tuple[str, Any]] = [
        ("CREATE TABLE said (a varchar(80), b double)", None),
        ("INSERT INTO said VALUES (?, ?)", [evil, 1.5]),
        ("SELECT a, b, '? %' AS text FROM said WHERE a = ?", [evil]),
    ]

    async def main() -> list[Any]:
        async with opened(options_of(server)) as database:
            node = Sql(connection=database, changes=True)
            return [(await node.process(Message(payload, topic=topic))).payload for topic, payload in asked]

    assert asyncio.run(main()) == [[], [], [{"a": evil, "b": 1.5, "text": "? %"}]]


def test_what_the_database_does_not_take_fails_alone_and_a_query_changes_nothing(server: MariaDb) -> None:
    async def main() -> list[Any]:
        async with opened(options_of(server)) as database:
            await write(database, "DROP TABLE IF EXISTS reading", None)
            await write(database, TABLE, None)
            insert = INSERT.replace(" IGNORE", "")
            rows = [{"id": f"m{n}", "tag": "t", "value": value} for n, value in enumerate((1, 5000, 2))]
            outcome = await write(database, insert, *rows)
            with pytest.raises(Refused, match="gives no rows"):
                await query(database, "SET SESSION TRANSACTION READ WRITE")
            for statement in ("DELETE FROM reading", "SELECT nothing FROM reading"):
                with pytest.raises(Refused):
                    await query(database, statement)
            with pytest.raises(BadData, match="more than 1 rows"):
                await query(database, "SELECT * FROM reading", most=1)
            return [*outcome, await query(database, "SELECT id FROM reading ORDER BY id")]

    first, second, third, kept = asyncio.run(main())
    assert (first, third) == (None, None)
    assert isinstance(second, BadData)
    assert kept == [{"id": "m0"}, {"id": "m2"}]


def test_a_server_that_falls_and_comes_back_gets_what_came_meanwhile(server: MariaDb) -> None:
    async def main() -> Any:
        async with opened(options_of(server)) as database:
            await write(database, "DROP TABLE IF EXISTS reading", None)
            await write(database, TABLE, None)
            await asyncio.to_thread(server.stop)
            waiting = asyncio.ensure_future(write(database, INSERT, {"id": "a", "tag": "t", "value": 1}))
            await asyncio.to_thread(server.start)
            assert await asyncio.wait_for(waiting, 60) == [None]
            return await query(database, "SELECT id FROM reading")

    assert asyncio.run(main()) == [{"id": "a"}]


def test_a_connection_says_what_it_needs_and_has_the_usual_port() -> None:
    with pytest.raises(ValueError, match="database is missing"):
        Database(system="mysql")
    assert Database(system="mysql", database="plant").port == 3306
    assert Database.named_hosts({"system": "mysql", "host": "db", "database": "x"}) == [("db", 3306)]
